import type { Bundle, Digest } from '../bundle/bundle.ts';
import { bundleDigest } from '../bundle/bundle-digest.ts';
import { isPlainJson } from '../json/plain.ts';
import type { Problem } from '../problem/problem.ts';
import { ok, type Result } from '../result.ts';
import { refuse } from './dsse.ts';

/** Schemas of large CustomResourceDefinitions nest some sixty levels. */
const MAX_DEPTH = 512;

/**
 * Decides whether what a peer sent is the bundle that a verified snapshot names: its digest is all that is trusted.
 * Fails with `protocol.refused`: P17 (not a bundle, or another one).
 */
export function acceptBundle(value: unknown, digest: Digest): Result<Bundle, Problem> {
  if (!isBundle(value)) return refuse('P17', `what came for ${digest} is not a bundle`);
  const actual = bundleDigest(value);
  return actual === digest ? ok(value) : refuse('P17', `what came for ${digest} is ${actual}`);
}

function isBundle(value: unknown): value is Bundle {
  if (!isRecord(value) || value['format'] !== 1) return false;
  const { salt, objects } = value;
  if (typeof salt !== 'string' || !/^[0-9a-f]{64}$/.test(salt) || !Array.isArray(objects)) return false;
  return objects.every(isManifest) && isPlainJson(objects, MAX_DEPTH);
}

function isManifest(value: unknown): boolean {
  if (!isRecord(value) || !isText(value['apiVersion']) || !isText(value['kind'])) return false;
  const { metadata } = value;
  if (!isRecord(metadata) || !isText(metadata['name'])) return false;
  return isAbsentOr(metadata['namespace'], isString) && isAbsentOr(metadata['annotations'], isRecord);
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isText(value: unknown): boolean {
  return isString(value) && value !== '';
}

function isAbsentOr(value: unknown, otherwise: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || otherwise(value);
}
