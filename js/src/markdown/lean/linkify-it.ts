/** In the place of the package `linkify-it`: links that are not written as such are not looked for, and it is 11 KB. */

export class LinkifyIt {}
