/** What the main process and a machine's utility process say to each other; renderers' ports travel beside it. */
export type ToUtility =
  | { readonly kind: 'control'; readonly message: unknown }
  /** The one port that comes with it is a renderer's. */
  | { readonly kind: 'viewer' }
  | { readonly kind: 'drained' };

export type FromUtility =
  | { readonly kind: 'control'; readonly message: unknown }
  /** Asks for `drained`: what was posted before has arrived then. */
  | { readonly kind: 'drain' };
