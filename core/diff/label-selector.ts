import type { StringMap } from '../app/policy.ts';

/**
 * Kubernetes' selector syntax, all of it:
 *
 *   a=b  a==b  a!=b  a in (b,c)  a notin (b,c)  a  !a  a>1  a<1        joined by commas, all must hold
 *
 * `!=` and `notin` hold for an object without the key, as in Kubernetes.
 */
export type Requirement =
  | { readonly key: string; readonly operator: 'in' | 'notin'; readonly values: readonly string[] }
  | { readonly key: string; readonly operator: 'exists' | 'missing' }
  | { readonly key: string; readonly operator: 'above' | 'below'; readonly value: number };

const KEY = /^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$/;
const VALUE = /^[^\s,()!=<>]*$/;

/** Reads a selector; undefined when it is none. The empty selector selects everything. */
export function parseLabelSelector(text: string): readonly Requirement[] | undefined {
  if (text.trim() === '') return [];
  const requirements: Requirement[] = [];
  for (const part of splitOutsideParentheses(text)) {
    const requirement = parseRequirement(part.trim());
    if (requirement === undefined) return undefined;
    requirements.push(requirement);
  }
  return requirements;
}

/** True when labels (or annotations) meet every requirement. */
export function matchesLabels(requirements: readonly Requirement[], labels: StringMap): boolean {
  return requirements.every((requirement) => {
    const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    return isMet(requirement, value);
  });
}

function isMet(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case 'exists':
      return value !== undefined;
    case 'missing':
      return value === undefined;
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
    case 'above':
      return isInteger(value) && Number(value) > requirement.value;
    case 'below':
      return isInteger(value) && Number(value) < requirement.value;
  }
}

function parseRequirement(text: string): Requirement | undefined {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    if (!KEY.test(key) || !values.every((value) => VALUE.test(value))) return undefined;
    return { key, operator: operator === 'in' ? 'in' : 'notin', values };
  }
  if (text.startsWith('!')) {
    const key = text.slice(1).trim();
    return KEY.test(key) ? { key, operator: 'missing' } : undefined;
  }
  const compared = /^([^\s=!<>]+)\s*(==|=|!=|>|<)\s*(.*)$/.exec(text);
  if (compared === null) return KEY.test(text) ? { key: text, operator: 'exists' } : undefined;
  const [, key = '', operator = '', value = ''] = compared;
  if (!KEY.test(key) || !VALUE.test(value)) return undefined;
  if (operator === '>' || operator === '<')
    return isInteger(value) ? { key, operator: operator === '>' ? 'above' : 'below', value: Number(value) } : undefined;
  return { key, operator: operator === '!=' ? 'notin' : 'in', values: [value] };
}

function isInteger(value: string | undefined): boolean {
  return value !== undefined && /^-?\d{1,15}$/.test(value);
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}
