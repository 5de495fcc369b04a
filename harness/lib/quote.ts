/** One word of a command line, as a POSIX shell reads it. */
export const quote = (text: string): string =>
  /^[\w@+./:=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
