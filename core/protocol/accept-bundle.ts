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

/** Names become part of paths and keys: no slash, no white space. */
const API_VERSION = /^([a-z0-9.-]{1,253}\/)?[a-z0-9]{1,63}$/;
const KIND = /^[A-Za-z0-9]{1,63}$/;
const NAME = /^[^/\s]{1,253}$/;
const NAMESPACE = /^[a-z0-9-]{0,63}$/;

function isManifest(value: unknown): boolean {
  if (!isRecord(value) || !isMatch(value['apiVersion'], API_VERSION) || !isMatch(value['kind'], KIND)) return false;
  const { metadata } = value;
  if (!isRecord(metadata) || !isMatch(metadata['name'], NAME)) return false;
  const { namespace, labels, annotations } = metadata;
  const isNamed = namespace === undefined || namespace === null || isMatch(namespace, NAMESPACE);
  return isNamed && [labels, annotations].every((map) => map === undefined || map === null || isRecord(map));
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMatch(value: unknown, form: RegExp): boolean {
  return typeof value === 'string' && form.test(value);
}
