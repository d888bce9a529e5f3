// Well-formed UTF-8, The Unicode Standard, table 3-7.

/** True if the `length` bytes at `at` are well-formed UTF-8. */
export function checkUtf8(at: usize, length: u32): bool {
  const end = at + <usize>length;
  while (at < end) {
    const size = sequenceSize(load<u8>(at));
    if (size == 0 || <usize>size > end - at) return false;
    if (size > 1 && !checkSecond(load<u8>(at), load<u8>(at + 1))) return false;
    for (let i: usize = 2; i < <usize>size; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return false;
    at += <usize>size;
  }
  return true;
}

/** Bytes of the sequence that `lead` begins; 0 if none begins so. */
function sequenceSize(lead: u32): u32 {
  if (lead < 0x80) return 1;
  if (lead < 0xc2) return 0; // a continuation, or an overlong form
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return lead < 0xf5 ? 4 : 0;
}

/** The second byte: a continuation that is no overlong form, no surrogate, nothing past U+10FFFF. */
function checkSecond(lead: u32, second: u32): bool {
  if ((second & 0xc0) != 0x80) return false;
  switch (lead) {
    case 0xe0:
      return second >= 0xa0;
    case 0xed:
      return second < 0xa0;
    case 0xf0:
      return second >= 0x90;
    case 0xf4:
      return second < 0x90;
    default:
      return true;
  }
}
