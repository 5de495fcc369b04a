import { closeSync, openSync, readSync } from 'node:fs';
import { SnapshotError } from './heap-graph.ts';

const FIRST_BYTES = 4 * 1024 ** 2;
const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;
const COMMA = 44;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN = 123;
const CLOSE = 125;

type Column = Uint8Array | Uint32Array | Float64Array | null;

/** JSON read byte by byte from a file, since a snapshot may be longer than the longest string. */
export interface JsonBytes {
  /** Next byte that is no white space, without taking it. */
  peek(): number;
  take(wanted: string): void;
  /** True and taken when the next byte is this one. */
  takeIf(wanted: string): boolean;
  readString(): string;
  /** Of the next byte that is no white space. */
  position(): number;
  /** The text of one whole value. */
  readValue(): string;
  skipValue(): void;
  /** A list of whole numbers, row by row into columns; a column that is null is not kept. Rows that were read. */
  readRows(columns: readonly Column[], rows: number): number;
  /** A list of whole numbers of unknown length. */
  readNumbers(): number[];
  /** A list of strings; those not wanted are passed over. */
  readStrings(isWanted: (index: number) => boolean): string[];
  close(): void;
}

const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

export function openJsonBytes(file: string): JsonBytes {
  const fd = openSync(file, 'r');
  let buffer = Buffer.allocUnsafe(FIRST_BYTES);
  let at = 0;
  let end = 0;
  /** Bytes of the file before the buffer. */
  let before = 0;

  const fail = (what: string): never => {
    throw new SnapshotError(`${what} at byte ${before + at}`);
  };
  /** Keeps what is unread from `keep` on, which moves to the buffer's begin, and reads more. */
  const fill = (keep: number): void => {
    const kept = end - keep;
    if (kept === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(buffer.length)]);
    buffer.copyWithin(0, keep, end);
    before += keep;
    at -= keep;
    end = kept;
    const read = readSync(fd, buffer, end, buffer.length - end, null);
    if (read === 0) fail('the file ends in the middle');
    end += read;
  };
  const peek = (): number => {
    for (;;) {
      if (at >= end) fill(at);
      const byte = buffer[at] as number;
      if (!isSpace(byte)) return byte;
      at += 1;
    }
  };
  const takeIf = (wanted: string): boolean => {
    if (peek() !== wanted.charCodeAt(0)) return false;
    at += 1;
    return true;
  };
  const take = (wanted: string): void => {
    if (!takeIf(wanted)) fail(`'${wanted}' is missing`);
  };
  /** From the quote on; leaves `at` behind the closing one. Returns where it began and whether it has an escape. */
  const passString = (): { from: number; escaped: boolean } => {
    take('"');
    let from = at;
    let escaped = false;
    for (;;) {
      if (at >= end) {
        fill(from);
        from = 0;
      }
      const byte = buffer[at] as number;
      if (byte === QUOTE) break;
      if (byte < 32) fail('a string is not closed');
      if (byte === BACKSLASH) {
        escaped = true;
        at += 1;
        if (at >= end) {
          fill(from);
          from = 0;
        }
      }
      at += 1;
    }
    at += 1;
    return { from, escaped };
  };
  const readString = (): string => {
    const { from, escaped } = passString();
    const text = buffer.toString('utf8', from, at - 1);
    if (!escaped) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      return fail('a string has a wrong escape');
    }
  };
  /** Calls back with every piece of the value's text. */
  const passValue = (piece: ((text: string) => void) | null): void => {
    let depth = 0;
    do {
      const byte = peek();
      if (byte === QUOTE) {
        const text = readString();
        piece?.(JSON.stringify(text));
        continue;
      }
      if (byte === OPEN || byte === OPEN_LIST) depth += 1;
      if (byte === CLOSE || byte === CLOSE_LIST) depth -= 1;
      if (depth < 0) fail('a bracket too many');
      piece?.(String.fromCharCode(byte));
      at += 1;
    } while (depth > 0);
  };
  const readNumber = (): number => {
    let byte = peek();
    const negative = byte === MINUS;
    if (negative) {
      at += 1;
      byte = peek();
    }
    if (byte < 48 || byte > 57) fail('a number is missing');
    let value = 0;
    while (byte >= 48 && byte <= 57) {
      value = value * 10 + byte - 48;
      at += 1;
      if (at >= end) fill(at);
      byte = buffer[at] as number;
    }
    return negative ? -value : value;
  };
  /** Behind a value of a list: true when another one follows. */
  const hasMore = (): boolean => {
    const byte = peek();
    at += 1;
    if (byte === COMMA) return true;
    if (byte !== CLOSE_LIST) fail('a list is broken');
    return false;
  };
  const isEmpty = (): boolean => {
    take('[');
    return takeIf(']');
  };

  return {
    peek,
    take,
    takeIf,
    readString,
    position() {
      peek();
      return before + at;
    },
    readValue() {
      const pieces: string[] = [];
      passValue((text) => pieces.push(text));
      return pieces.join('');
    },
    skipValue: () => passValue(null),
    readRows(columns, rows) {
      if (isEmpty()) return 0;
      let row = 0;
      for (;;) {
        for (let field = 0; field < columns.length; field += 1) {
          const value = readNumber();
          const column = columns[field];
          if (column !== null && column !== undefined && row < rows) column[row] = value;
          if (hasMore()) continue;
          if (field < columns.length - 1) fail('a row is short');
          return row + 1;
        }
        row += 1;
        if (row > rows) fail(`there are more than the ${rows} rows that were announced`);
      }
    },
    readNumbers() {
      const numbers: number[] = [];
      if (isEmpty()) return numbers;
      do numbers.push(readNumber());
      while (hasMore());
      return numbers;
    },
    readStrings(isWanted) {
      const strings: string[] = [];
      if (isEmpty()) return strings;
      do {
        if (isWanted(strings.length)) strings.push(readString());
        else {
          passString();
          strings.push('');
        }
      } while (hasMore());
      return strings;
    },
    close: () => closeSync(fd),
  };
}
