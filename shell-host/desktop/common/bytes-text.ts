/** So many bytes, in words. */
export function bytesText(bytes: u64): string {
  if (bytes < 1024) return bytes.toString() + " B";
  if (bytes < 1024 * 1024) return ((bytes + 512) / 1024).toString() + " KB";
  const tenths = (bytes * 10 + 524_288) / 1_048_576;
  if (tenths < 1000) return (tenths / 10).toString() + "." + (tenths % 10).toString() + " MB";
  const mega = (bytes + 524_288) / 1_048_576;
  if (mega < 1024) return mega.toString() + " MB";
  const giga = (bytes * 10 + (1 << 29)) / (1 << 30);
  return (giga / 10).toString() + "." + (giga % 10).toString() + " GB";
}
