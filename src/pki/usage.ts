/** Extended key usage "TLS client" (RFC 5280 §4.2.1.12). "Any usage" does not stand for it: OpenSSL does not take it either. */
export const clientAuth = '1.3.6.1.5.5.7.3.2'
