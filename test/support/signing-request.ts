import 'reflect-metadata'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, type webcrypto } from 'node:crypto'
import { type JsonName, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509'

export interface Wish {
  subject: JsonName
  keys?: 'ec' | 'rsa' | 'ed25519'
  /** PKCS #8 as PEM; a new key when absent. */
  key?: string
  /** DNS names. */
  hosts?: string[]
}

const kinds = {
  ec: {
    make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
    algorithm: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  },
  rsa: {
    make: () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    algorithm: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  },
  ed25519: { make: () => generateKeyPairSync('ed25519').privateKey, algorithm: { name: 'Ed25519', hash: 'SHA-512' } },
}

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

/** A request for a certificate (PKCS #10 as PEM) and the key that it is for. */
export async function newSigningRequest({ subject, keys = 'ec', key, hosts = [] }: Wish) {
  const { make, algorithm } = kinds[keys]
  const privateKey = key === undefined ? make() : createPrivateKey(key)
  const publicKey: webcrypto.CryptoKey = createPublicKey(privateKey).toCryptoKey(algorithm, true, ['verify'])
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: subject,
    keys: { privateKey: privateKey.toCryptoKey(algorithm, true, ['sign']), publicKey },
    signingAlgorithm: algorithm,
    ...(hosts.length === 0
      ? {}
      : { extensions: [new SubjectAlternativeNameExtension(hosts.map(value => ({ type: 'dns', value })))] }),
  })
  return { request: `${request.toString('pem')}\n`, key: pem(privateKey) }
}
