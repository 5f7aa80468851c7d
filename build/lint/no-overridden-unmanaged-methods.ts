/**
 * Methods of @unmanaged classes may not be overridden: such objects have no class id, so the virtual call that asc
 * compiles silently reads whatever stands in its place. Use a table of functions and call_indirect.
 */
import type { Rule } from 'eslint';
import { type Declaration, declarationOf, nameOf, type Node, nodes, resolve } from './syntax.ts';

function isUnmanaged(classNode: Node): boolean {
  return nodes(classNode['decorators']).some((d) => nameOf(d['expression']) === 'unmanaged');
}

function methods(classNode: Node): Node[] {
  const [body] = nodes(classNode['body']);
  return nodes(body?.['body']).filter(
    (m) => /MethodDefinition$/.test(m.type) && m['static'] !== true && m['kind'] !== 'constructor',
  );
}

/** The class that a class extends, when it can be found. */
function baseOf({ node, program, file }: Declaration): Declaration | null {
  const base = nameOf(node['superClass']);
  const found = base === null ? null : resolve(base, program, file);
  return found?.node.type === 'ClassDeclaration' ? found : null;
}

export const noOverriddenUnmanagedMethods: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'Methods of @unmanaged classes may not be overridden' },
    messages: {
      abstract: "'{{name}}' is abstract on an @unmanaged class: a virtual call would read garbage",
      overridden:
        "'{{name}}' overrides a method of {{base}}: @unmanaged objects have no class id, use a table of functions",
    },
  },
  create(context) {
    return {
      Program(estree): void {
        const program = estree as unknown as Node;
        for (const statement of nodes(program['body'])) {
          const node = declarationOf(statement);
          if (node.type !== 'ClassDeclaration' || !isUnmanaged(node)) continue;
          for (const method of methods(node)) {
            const name = nameOf(method['key']) ?? '';
            if (method.type.startsWith('TSAbstract')) {
              context.report({ node: method, messageId: 'abstract', data: { name } });
            }
            const seen = new Set<Node>([node]);
            let base = baseOf({ node, program, file: context.filename });
            while (base && !seen.has(base.node)) {
              if (methods(base.node).some((m) => nameOf(m['key']) === name)) {
                const data = { name, base: nameOf(base.node['id']) ?? 'its base' };
                context.report({ node: method, messageId: 'overridden', data });
                break;
              }
              seen.add(base.node);
              base = baseOf(base);
            }
          }
        }
      },
    };
  },
};
