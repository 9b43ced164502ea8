// Credentials are compared and remembered by digest, so that none lies about in memory and no comparison tells how near it was.
import { createHash } from "node:crypto";

/** SHA-256, 32 bytes. */
export const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
