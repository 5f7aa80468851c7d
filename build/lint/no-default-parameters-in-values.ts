/**
 * A function with default parameters may not be used as a value: for an indirect call asc tells the callee how many
 * arguments there are through a hidden global, which interrupts and other processors overwrite.
 */
import type { Rule, Scope, SourceCode } from 'eslint';
import { nameOf, type Node, nodes, resolve, walk } from './syntax.ts';

function hasDefaults(functionNode: Node): boolean {
  return (
    /^(TSDeclare)?Function(Declaration)?$/.test(functionNode.type) &&
    nodes(functionNode['params']).some((p) => p.type === 'AssignmentPattern' || p['optional'] === true)
  );
}

/** Places where an identifier is not a value: what is called, declared, named, or a type. */
function isValue(node: Node, parent: Node | null): boolean {
  if (!parent) return false;
  if (parent.type === 'CallExpression') return parent['callee'] !== node;
  if (parent.type === 'MemberExpression') return parent['object'] === node;
  if (parent.type === 'Property' || parent.type === 'PropertyDefinition') return parent['value'] === node;
  if (parent.type === 'VariableDeclarator') return parent['init'] === node;
  return !/^(TS(?!As|NonNull|TypeAssertion|Satisfies)|Function|Import|Export|Class|MethodDefinition|Labeled|Break|Continue)/.test(
    parent.type,
  );
}

/** True when `name` means a parameter or a variable of a function there, and not what the module declares. */
function isShadowed(sourceCode: SourceCode, node: Node, name: string): boolean {
  let scope: Scope.Scope | null = sourceCode.getScope(node as never);
  while (scope && !scope.set.has(name)) scope = scope.upper;
  return scope !== null && scope.type !== 'module' && scope.type !== 'global';
}

export const noDefaultParametersInValues: Rule.RuleModule = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'A function with default parameters may not be used as a value' },
    messages: {
      value:
        "'{{name}}' has default parameters: as a value it races on a hidden global, give it all parameters",
    },
  },
  create(context) {
    return {
      Program(estree): void {
        const program = estree as unknown as Node;
        walk(program, (node, parent) => {
          const name = nameOf(node);
          if (name === null || !isValue(node, parent)) return;
          const declaration = resolve(name, program, context.filename);
          if (!declaration || !hasDefaults(declaration.node)) return;
          if (isShadowed(context.sourceCode, node, name)) return;
          context.report({ node: node, messageId: 'value', data: { name } });
        });
      },
    };
  },
};
