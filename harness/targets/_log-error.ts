const LIMIT_CHARS = 300;
/** Folders of an absolute path: what is kept with a run names no place of this machine. */
const FOLDERS = /(?<![\w./])\/(?:[^\s/"'\\]+\/)+/g;

/** The error that a line of a worker's log reports, in one line without paths; null when it reports none. */
export function errorIn(line: string): string | null {
  if (!/\bERROR\b|"level":\s*(50|60)\b|Error: /.test(line)) return null;
  return (fromJson(line) ?? line).replace(FOLDERS, '').slice(0, LIMIT_CHARS);
}

/** Both agents log JSON when they are started for production: the message, and how its traceback ends. */
function fromJson(line: string): string | null {
  try {
    const entry = JSON.parse(line) as { message?: unknown; msg?: unknown; exc_info?: unknown };
    const cause =
      typeof entry.exc_info === 'string' ? entry.exc_info.trim().split('\n').at(-1) : null;
    return [entry.message ?? entry.msg ?? line, cause].filter((part) => part).join(': ');
  } catch {
    return null;
  }
}

/** Why the worker could not register, from what LiveKit's agents for Python and Node log at each try; null for other lines. */
export function refusalIn(line: string): string | null {
  if (!/failed to connect to livekit/i.test(line)) return null;
  return (causeIn(line) ?? line).replace(FOLDERS, '').slice(0, LIMIT_CHARS);
}

function causeIn(line: string): string | null {
  try {
    const entry = JSON.parse(line) as { exc_info?: unknown; error?: { message?: unknown } };
    const told = entry.error?.message ?? entry.exc_info;
    if (typeof told !== 'string') return null;
    // A traceback ends with the error; modules before its name say nothing.
    return (told.trim().split('\n').at(-1) ?? '').replace(/^[\w.]+\.(?=\w+: )/, '');
  } catch {
    // Not JSON: an agent that was started for development.
    return null;
  }
}
