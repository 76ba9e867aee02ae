/** A name inside a sentence: whichever way it is written, what stands around it keeps its place. Where there is markup, <bdi> does that. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`;
}
