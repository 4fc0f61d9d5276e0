/** In the place of the package `uc.micro`: JavaScript knows the classes of characters itself. */

export const P = /\p{P}/u;
export const S = /\p{S}/u;
