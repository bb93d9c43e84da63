// An id for one deed of the guest: a retry carries the same one, so that nothing is done twice.
// getRandomValues works everywhere; randomUUID only where the page came over TLS.
export function newId(random = globalThis.crypto) {
  const bytes = random.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
