/** Words about a machine's CD drive that the back end, the machine's process and the renderer share. */
import * as v from 'valibot';

/** `respect`: a guest that holds the tray locked is asked to let the disc go; `force` pulls it out. */
export const discLock = v.picklist(['respect', 'force']);
export type DiscLock = v.InferOutput<typeof discLock>;

/** `asked`: the guest holds the disc and has been asked; the new one goes in when it opens the tray. */
export type DiscOutcome = 'changed' | 'asked';

export interface DiscState {
  /** The image in the drive; null: it is empty. */
  readonly path: string | null;
  readonly trayOpen: boolean;
}
