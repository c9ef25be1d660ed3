/**
 * X.509 certificates, so that a cluster's CA is known before any component runs and stays the same when one
 * is started again. Node makes keys and signatures but not certificates, hence the little DER here.
 *
 * Certificate ::= SEQUENCE { tbsCertificate, ecdsa-with-SHA256, BIT STRING signature }     RFC 5280, section 4.1
 *
 * Keys are P-256: made in under a millisecond, where RSA would cost a noticeable part of the start.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A PEM certificate and its private key (SEC 1 PEM, which Kubernetes' loaders read). */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A signing key pair for ServiceAccount tokens, as PEM. */
export interface SigningKeys {
  readonly privateKey: string;
  readonly publicKey: string;
}

const DAY_MS = 86_400_000;
const LIFETIME_MS = 10 * 365 * DAY_MS;

const OID = {
  commonName: '550403',
  ecdsaWithSha256: '2a8648ce3d040302',
  keyUsage: '551d0f',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
} as const;

/** The subject of the authority, which is the issuer of every certificate that it signs. */
const AUTHORITY_NAME = 'devcluster-ca';

/** Makes a certificate authority that signs itself. */
export function createAuthority(): Certificate {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const subject = distinguishedName(AUTHORITY_NAME);
  const extensions = [
    extension(OID.basicConstraints, sequence(tlv(0x01, Buffer.from([0xff])))), // CA: true
    extension(OID.keyUsage, bitString(Buffer.from([0b10000100]), 2)), // digitalSignature, keyCertSign
  ];
  return issue({
    subject,
    issuer: subject,
    publicKey: keys.publicKey,
    signer: keys.privateKey,
    key: keys.privateKey,
    extensions,
  });
}

/** Makes a server certificate for `names` (DNS names and IPv4 addresses), signed by `authority`. */
export function createServerCertificate(authority: Certificate, names: readonly string[]): Certificate {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = [
    extension(OID.keyUsage, bitString(Buffer.from([0b10000000]), 7)), // digitalSignature
    extension(OID.extendedKeyUsage, sequence(oid(OID.serverAuth))),
    extension(OID.subjectAltName, sequence(...names.map(generalName))),
  ];
  return issue({
    subject: distinguishedName('kube-apiserver'),
    issuer: distinguishedName(AUTHORITY_NAME),
    publicKey: keys.publicKey,
    signer: authority.key,
    key: keys.privateKey,
    extensions,
  });
}

/** Makes the keys that sign and check ServiceAccount tokens. */
export function createSigningKeys(): SigningKeys {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privateKey: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function issue(options: {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject | string;
  readonly key: KeyObject;
  readonly extensions: readonly Buffer[];
}): Certificate {
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const now = Date.now();
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))), // version 3
    serialNumber(),
    algorithm,
    options.issuer,
    sequence(utcTime(now - DAY_MS), utcTime(now + LIFETIME_MS)),
    options.subject,
    options.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...options.extensions)),
  );
  const signature = sign('sha256', body, options.signer);
  const der = sequence(body, algorithm, bitString(signature, 0));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: options.key.export({ type: 'sec1', format: 'pem' }).toString(),
  };
}

/** Tag, length in its shortest form (Go refuses any other), content. Nothing here reaches 64 KiB. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...parts);
}

/** A random INTEGER; its first byte keeps it positive and without a superfluous zero, as DER wants it. */
function serialNumber(): Buffer {
  return tlv(0x02, Buffer.from([0x40]), randomBytes(15));
}

function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

function bitString(bits: Buffer, unused: number): Buffer {
  return tlv(0x03, Buffer.from([unused]), bits);
}

function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}

function distinguishedName(name: string): Buffer {
  return sequence(tlv(0x31, sequence(oid(OID.commonName), tlv(0x0c, Buffer.from(name)))));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), tlv(0x04, value));
}

/** A dNSName, or an iPAddress when it looks like one. */
function generalName(name: string): Buffer {
  const isAddress = /^\d+\.\d+\.\d+\.\d+$/.test(name);
  return isAddress ? tlv(0x87, Buffer.from(name.split('.').map(Number))) : tlv(0x82, Buffer.from(name));
}
