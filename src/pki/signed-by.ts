import type { X509Certificate } from 'node:crypto'

/** Whether this authority has signed a certificate itself; dates and usages are not looked at. */
export const isSignedBy = (certificate: X509Certificate, authority: X509Certificate): boolean =>
  authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
