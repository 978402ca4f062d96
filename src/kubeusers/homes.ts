import { readFileSync } from 'node:fs'
import type { HomeAccount } from '../homes/assignment.ts'
import type { CertificateState, HomeState } from '../homes/home-state.ts'
import type { Provisioner } from '../homes/provisioner.ts'
import { parseBundle } from '../pki/bundle.ts'
import { messageOf } from '../platform/message-of.ts'
import type { Home, HomeFacts } from './plan/facts.ts'
import type { HomeOwner, HomesPort } from './steps/homes-port.ts'

/**
 * The authorities whose certificates may stay in homes, each as PEM; none where no file is named: then any may.
 * @throws Error when the file is no bundle
 */
export const readAuthorities = (file: string | undefined): string[] =>
  file === undefined ? [] : parseBundle(readFileSync(file, 'utf8')).map(authority => authority.toString())

function certificateOf(state: CertificateState, anyIsOurs: boolean): HomeFacts['certificate'] {
  if ('problem' in state) return { problem: state.reason }
  const { signedBy, ...held } = state
  return { ...held, isOurs: anyIsOurs || signedBy !== null }
}

function factsOf({ home, reasons, key, certificate, kubeconfig }: HomeState, anyIsOurs: boolean): Home {
  if (home === 'foreign') return { unreadable: reasons.join('; ') || 'it belongs to somebody else' }
  return {
    home,
    key: 'problem' in key ? { problem: key.reason } : key,
    certificate: certificateOf(certificate, anyIsOurs),
    kubeconfig,
  }
}

interface Looked {
  readonly stamp: string
  readonly home: Home
}

/** Homes of one kind of account. What was seen is remembered: a home that has not changed is looked at only from outside. */
export function createHomesPort(
  provisioner: Provisioner,
  { kind, anyIsOurs }: { kind: HomeAccount['kind']; anyIsOurs: boolean },
): HomesPort {
  const looked = new Map<string, Looked>()
  const accountOf = ({ name, uid }: HomeOwner): HomeAccount => ({ kind, name, uid })
  return {
    async look(owner) {
      const known = looked.get(owner.name)
      try {
        const state = await provisioner.inspect(accountOf(owner), known?.stamp)
        if (state === 'unchanged' && known !== undefined) return known.home
        if (state === 'unchanged') throw new Error('a home that was never seen cannot be unchanged')
        const home = factsOf(state, anyIsOurs)
        looked.set(owner.name, { stamp: state.stamp, home })
        return home
      } catch (error) {
        looked.delete(owner.name)
        return { unreadable: messageOf(error) }
      }
    },
    prepare: (owner, options) => provisioner.prepare(accountOf(owner), options),
    install: (owner, certificate) => provisioner.install(accountOf(owner), { certificate }),
    settle: owner => provisioner.settle(accountOf(owner)),
    disable: owner => provisioner.disable(accountOf(owner)),
  }
}
