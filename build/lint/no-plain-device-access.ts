/**
 * Device registers may not be read and written with plain load and store, which clang hoists, merges and drops: the
 * functions of arch/x86_64/mmio.ts are volatile. A variable or field is known to hold a device's address when it is
 * given the result of mapDevice(…, CACHE_UNCACHED).
 */
import type { Rule } from 'eslint';
import { isNode, nameOf, type Node, nodes, walk } from './syntax.ts';

const PLAIN = new Set(['load', 'store']);

function isDeviceMapping(value: unknown): boolean {
  if (!isNode(value) || value.type !== 'CallExpression' || nameOf(value['callee']) !== 'mapDevice')
    return false;
  return nodes(value['arguments']).some((a) => nameOf(a) === 'CACHE_UNCACHED');
}

/** Name of a variable, or of a field whatever object it belongs to. */
function targetName(target: unknown): string | null {
  if (isNode(target) && target.type === 'MemberExpression') return nameOf(target['property']);
  return nameOf(target);
}

export const noPlainDeviceAccess: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'Device registers are accessed through mmio functions' },
    messages: {
      plain: "'{{name}}' is device memory: plain {{access}} may be moved or dropped, use mmio functions",
    },
  },
  create(context) {
    return {
      Program(estree): void {
        const program = estree as unknown as Node;
        const devices = new Set<string>();
        walk(program, (node) => {
          const [target, value] =
            node.type === 'VariableDeclarator'
              ? [node['id'], node['init']]
              : node.type === 'AssignmentExpression'
                ? [node['left'], node['right']]
                : [null, null];
          const name = targetName(target);
          if (name !== null && isDeviceMapping(value)) devices.add(name);
        });
        walk(program, (node) => {
          const access = node.type === 'CallExpression' ? nameOf(node['callee']) : null;
          if (access === null || !PLAIN.has(access)) return;
          const [address] = nodes(node['arguments']);
          if (!address) return;
          walk(address, (part) => {
            const name = nameOf(part);
            if (name === null || !devices.has(name)) return;
            context.report({ node: node, messageId: 'plain', data: { name, access } });
          });
        });
      },
    };
  },
};
