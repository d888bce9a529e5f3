// What the bytes of the console's input mean beyond text.

/** The host's input has ended, or the user said so (Ctrl-D): readers see the end of the stream. */
export const CONSOLE_END_OF_INPUT: u8 = 0x04; // EOT
