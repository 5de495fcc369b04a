import { type ByteReader, fail, fill, peek, take, takeIf } from './byte-reader.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;
const ZERO = 48;
const NINE = 57;

export type Column = Uint8Array | Uint32Array | Float64Array | null;

/** From the quote on; leaves the reader behind the closing one. */
function passString(bytes: ByteReader): { readonly from: number; readonly escaped: boolean } {
  take(bytes, '"');
  let from = bytes.at;
  let escaped = false;
  const more = (): void => {
    if (bytes.at < bytes.end) return;
    fill(bytes, from);
    from = 0;
  };
  for (;;) {
    more();
    const byte = bytes.buffer[bytes.at] as number;
    if (byte === QUOTE) break;
    if (byte < 32) fail(bytes, 'a string is not closed');
    bytes.at += 1;
    if (byte !== BACKSLASH) continue;
    escaped = true;
    more();
    bytes.at += 1;
  }
  bytes.at += 1;
  return { from, escaped };
}

export function readString(bytes: ByteReader): string {
  const { from, escaped } = passString(bytes);
  const text = bytes.buffer.toString('utf8', from, bytes.at - 1);
  if (!escaped) return text;
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return fail(bytes, 'a string has a wrong escape');
  }
}

/** Passes one whole value; its text is given away in pieces. */
function passValue(bytes: ByteReader, piece: (text: string) => void): void {
  let depth = 0;
  do {
    const byte = peek(bytes);
    if (byte === QUOTE) {
      piece(JSON.stringify(readString(bytes)));
      continue;
    }
    if (byte === OPEN || byte === OPEN_LIST) depth += 1;
    if (byte === CLOSE || byte === CLOSE_LIST) depth -= 1;
    if (depth < 0) fail(bytes, 'a bracket too many');
    piece(String.fromCharCode(byte));
    bytes.at += 1;
  } while (depth > 0);
}

export const skipValue = (bytes: ByteReader): void => passValue(bytes, () => undefined);

export function readValue(bytes: ByteReader): string {
  const pieces: string[] = [];
  passValue(bytes, (text) => pieces.push(text));
  return pieces.join('');
}

function readNumber(bytes: ByteReader): number {
  const negative = peek(bytes) === MINUS;
  if (negative) bytes.at += 1;
  let byte = peek(bytes);
  if (byte < ZERO || byte > NINE) fail(bytes, 'a number is missing');
  let value = 0;
  while (byte >= ZERO && byte <= NINE) {
    value = value * 10 + byte - ZERO;
    bytes.at += 1;
    if (bytes.at >= bytes.end) fill(bytes, bytes.at);
    byte = bytes.buffer[bytes.at] as number;
  }
  return negative ? -value : value;
}

/** Behind a value of a list: true when another one follows. */
function hasMore(bytes: ByteReader): boolean {
  const byte = peek(bytes);
  bytes.at += 1;
  if (byte === COMMA) return true;
  return byte === CLOSE_LIST ? false : fail(bytes, 'a list is broken');
}

function isEmptyList(bytes: ByteReader): boolean {
  take(bytes, '[');
  return takeIf(bytes, ']');
}

/** A list of whole numbers, row by row into columns; a column that is null is not kept. Returns the rows it had. */
export function readRows(bytes: ByteReader, columns: readonly Column[], rows: number): number {
  if (isEmptyList(bytes)) return 0;
  const last = columns.length - 1;
  for (let row = 0; row < rows; row += 1) {
    for (let field = 0; field < last; field += 1) {
      readInto(bytes, columns[field], row);
      if (!hasMore(bytes)) fail(bytes, 'a row is short');
    }
    readInto(bytes, columns[last], row);
    if (!hasMore(bytes)) return row + 1;
  }
  return fail(bytes, `there are more than the ${rows} rows that were announced`);
}

function readInto(bytes: ByteReader, column: Column | undefined, row: number): void {
  const value = readNumber(bytes);
  if (column !== null && column !== undefined) column[row] = value;
}

/** A list of whole numbers of unknown length. */
export function readNumbers(bytes: ByteReader): number[] {
  const numbers: number[] = [];
  if (isEmptyList(bytes)) return numbers;
  do numbers.push(readNumber(bytes));
  while (hasMore(bytes));
  return numbers;
}

/** A list of strings; those not wanted are passed over and empty. */
export function readStrings(bytes: ByteReader, isWanted: (index: number) => boolean): string[] {
  const strings: string[] = [];
  if (isEmptyList(bytes)) return strings;
  do {
    if (isWanted(strings.length)) strings.push(readString(bytes));
    else {
      passString(bytes);
      strings.push('');
    }
  } while (hasMore(bytes));
  return strings;
}
