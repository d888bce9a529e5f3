// RFB 3.8, RFC 6143, and the extensions of the rfbproto document (https://github.com/rfbproto/rfbproto). Big-endian.

export const VERSION = "RFB 003.008\n"; // §7.1.1
export const VERSION_SIZE = 12;

// Security types, §7.1.2
export const SECURITY_NONE = 1;
export const SECURITY_VNC = 2;
export const CHALLENGE_SIZE = 16; // §7.2.2
export const SECURITY_OK = 0;
export const SECURITY_FAILED = 1;

// Client to server, §7.5
export const SET_PIXEL_FORMAT = 0;
export const SET_ENCODINGS = 2;
export const FRAMEBUFFER_UPDATE_REQUEST = 3;
export const KEY_EVENT = 4;
export const POINTER_EVENT = 5;
export const CLIENT_CUT_TEXT = 6;
export const SET_DESKTOP_SIZE = 251;
export const QEMU_CLIENT_MESSAGE = 255;
export const QEMU_EXTENDED_KEY_EVENT = 0; // submessage

// Server to client, §7.6
export const FRAMEBUFFER_UPDATE = 0;
export const SERVER_CUT_TEXT = 3;

// Flags of the extended clipboard: formats, then actions
export const CLIPBOARD_TEXT = 1;
export const CLIPBOARD_CAPS = 1 << 24;
export const CLIPBOARD_REQUEST = 1 << 25;
export const CLIPBOARD_PEEK = 1 << 26;
export const CLIPBOARD_NOTIFY = 1 << 27;
export const CLIPBOARD_PROVIDE = 1 << 28;

// Encodings, §7.7 and §7.8; pseudo-encodings are negative
export const ENCODING_RAW = 0;
export const ENCODING_COPY_RECT = 1;
export const ENCODING_ZLIB = 6;
export const ENCODING_ZRLE = 16;
export const ENCODING_CURSOR = -239;
export const ENCODING_DESKTOP_SIZE = -223;
export const ENCODING_LAST_RECT = -224;
export const ENCODING_QEMU_EXTENDED_KEY = -258;
export const ENCODING_EXTENDED_DESKTOP_SIZE = -308;
export const ENCODING_EXTENDED_CLIPBOARD = 0xc0a1e5ce | 0;
export const ENCODING_VMWARE_CURSOR = 0x574d5664;

/** Number of rectangles of an update that a LastRect ends. */
export const UNTIL_LAST_RECT = 0xffff;

// ExtendedDesktopSize: why (x of the rectangle), and how it went (y)
export const SIZE_BY_SERVER = 0;
export const SIZE_BY_THIS_CLIENT = 1;
export const SIZE_BY_OTHER_CLIENT = 2;
export const SIZE_DONE = 0;
export const SIZE_PROHIBITED = 1;
export const SIZE_NO_RESOURCES = 2;
export const SIZE_INVALID_LAYOUT = 3;

export const PIXEL_FORMAT_SIZE = 16;
