/** A log that keeps its lines. */
export function recordingLog() {
  const lines: { readonly level: string; readonly message: string; readonly object: object }[] = [];
  const at = (level: string) => (object: object, message: string) => {
    lines.push({ level, message, object });
  };
  return { lines, log: { info: at('info'), warn: at('warn'), error: at('error') } };
}
