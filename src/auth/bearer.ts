// The Authorization header: a bearer token, or nothing that we take.

/** Node itself ends header blocks at 16 KB. */
const BEARER = /^bearer +([\x21-\x7e]{1,16384}) *$/i;

/** Undefined for another scheme or a malformed value. */
export const bearerToken = (authorization: string): string | undefined => BEARER.exec(authorization)?.[1];

/** Can a header carry it? */
export const isToken = (text: string): boolean => BEARER.test(`Bearer ${text}`);
