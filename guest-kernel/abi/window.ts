// Windows: what an app's window and the window manager tell each other. Offsets in bytes, little-endian.
// Places and sizes are device pixels; a window's own start at its top left corner, its title bar included.

// Flags of window_create: where a window is stacked. All but WINDOW_NORMAL need CAP_DESKTOP.
export const WINDOW_NORMAL: u32 = 0;
export const WINDOW_BACKGROUND: u32 = 1; // below all, as large as the screen, never focused by itself
export const WINDOW_PANEL: u32 = 2; // above all normal ones, placed by its owner
export const WINDOW_OVERLAY: u32 = 3; // above panels: menus, notifications
export const WINDOW_LAYER_MASK: u32 = 3;
export const WINDOW_FIXED_SIZE: u32 = 1 << 2; // the user cannot resize it
export const WINDOW_TRANSPARENT: u32 = 1 << 3; // its pixels have alpha (premultiplied); otherwise it is opaque

// Limits
export const WINDOW_MAX_SIDE: u32 = 4096; // pixels
export const WINDOW_MAX_RECTS: u32 = 64; // of one gpu_submit_strided
export const WINDOW_TITLE_MAX: u32 = 63; // bytes
export const WINDOW_DESCRIPTION_MAX: u32 = 8192; // bytes of window_describe
export const CLIPBOARD_MAX: u32 = 65536; // bytes

// The title bar is drawn by the app and served by the window manager, so that a window whose app hangs can be moved
// and closed: its height, and three square buttons at its right end, in logical pixels.
export const TITLE_BAR_HEIGHT: u32 = 36;
export const TITLE_BUTTON_WIDTH: u32 = 40; // from the right: close, maximise, minimise
export const WINDOW_CORNER_RADIUS: u32 = 10; // logical pixels; corners are cut by the compositor

// struct window_event: what read(handle) gives, whole ones only
export const WINDOW_EVENT_TYPE: usize = 0; // u32, one of WINDOW_EVENT_POINTER_MOVE and on
export const WINDOW_EVENT_TIME_MS: usize = WINDOW_EVENT_TYPE + 4; // u32, of clock_monotonic, wraps
export const WINDOW_EVENT_X: usize = WINDOW_EVENT_TIME_MS + 4; // i32, where the pointer is; width for a size
export const WINDOW_EVENT_Y: usize = WINDOW_EVENT_X + 4; // i32; height for a size
export const WINDOW_EVENT_BUTTONS: usize = WINDOW_EVENT_Y + 4; // u32, POINTER_*: those that are down afterwards
export const WINDOW_EVENT_CODE: usize = WINDOW_EVENT_BUTTONS + 4; // u32, per type
export const WINDOW_EVENT_TEXT: usize = WINDOW_EVENT_CODE + 4; // u32, code point that a key types, 0 for none
export const WINDOW_EVENT_MODIFIERS: usize = WINDOW_EVENT_TEXT + 4; // u32, MODIFIER_*
export const WINDOW_EVENT_SIZE: usize = WINDOW_EVENT_MODIFIERS + 4;

export const WINDOW_EVENT_POINTER_MOVE: u32 = 1;
export const WINDOW_EVENT_POINTER_DOWN: u32 = 2; // code: the POINTER_* that went down
export const WINDOW_EVENT_POINTER_UP: u32 = 3; // code: the POINTER_* that went up
export const WINDOW_EVENT_POINTER_LEAVE: u32 = 4;
export const WINDOW_EVENT_WHEEL: u32 = 5; // code: i32, notches * 120 down; text: i32, to the right
export const WINDOW_EVENT_KEY_DOWN: u32 = 6; // code: as in <linux/input-event-codes.h>; 0: text that no key of the keyboard types
export const WINDOW_EVENT_KEY_REPEAT: u32 = 7;
export const WINDOW_EVENT_KEY_UP: u32 = 8;
export const WINDOW_EVENT_FOCUS: u32 = 9;
export const WINDOW_EVENT_BLUR: u32 = 10;
export const WINDOW_EVENT_RESIZE: u32 = 11; // x, y: the size to draw next; code: WINDOW_STATE_*
export const WINDOW_EVENT_CLOSE: u32 = 12; // the user wants it closed; the app closes the handle or asks back
export const WINDOW_EVENT_FRAME: u32 = 13; // what was submitted is on the screen: time for the next frame
export const WINDOW_EVENT_SCREEN: u32 = 14; // x, y: the screen's size; code: scale in percent; text: THEME_*
export const WINDOW_EVENT_WINDOWS: u32 = 15; // to owners of a background: what window_list tells has changed
export const WINDOW_EVENT_HUNG: u32 = 16; // to owners of a background: code: the id of a window that the user wants closed and that does not answer
export const WINDOW_EVENT_CRASHED: u32 = 17; // to owners of a background: code: the pid of a process that had windows and trapped or was ended; /sys/proc/last-crash tells more
export const WINDOW_EVENT_SHORTCUT: u32 = 18; // to owners of a background: code: SHORTCUT_*

export const SHORTCUT_LAUNCHER: u32 = 1; // the meta key alone
export const SHORTCUT_SWITCH: u32 = 2; // alt-tab: the switcher shows; text: the window's id that it is at, 0 when it ends
export const SHORTCUT_FRAMES: u32 = 3; // ctrl-alt-F: frame times show, or no more

export const POINTER_LEFT: u32 = 1;
export const POINTER_RIGHT: u32 = 2;
export const POINTER_MIDDLE: u32 = 4;

export const MODIFIER_SHIFT: u32 = 1;
export const MODIFIER_CONTROL: u32 = 2;
export const MODIFIER_ALT: u32 = 4;
export const MODIFIER_META: u32 = 8;

export const THEME_LIGHT: u32 = 0;
export const THEME_DARK: u32 = 1;
export const THEME_STILL: u32 = 2; // beside either: nothing moves that need not

export const WINDOW_STATE_FOCUSED: u32 = 1;
export const WINDOW_STATE_MINIMISED: u32 = 2;
export const WINDOW_STATE_MAXIMISED: u32 = 4;
export const WINDOW_STATE_HUNG: u32 = 8;
export const WINDOW_STATE_SNAPPED: u32 = 16;

// Actions of window_control(handle, action, a, b) on one's own window
export const WINDOW_SET_SIZE: u32 = 1; // a, b: width, height
export const WINDOW_SET_MIN_SIZE: u32 = 2;
export const WINDOW_SET_PLACE: u32 = 3; // a, b: x, y on the screen; panels, overlays
export const WINDOW_SET_CURSOR: u32 = 4; // a: CURSOR_*
export const WINDOW_MINIMISE: u32 = 5; // also for window_manage(id, action)
export const WINDOW_MAXIMISE: u32 = 6; // or back; also for window_manage
export const WINDOW_FOCUS: u32 = 7; // also for window_manage: raises it, and shows it if it is minimised
export const WINDOW_CLOSE: u32 = 8; // for window_manage: as if the user clicked close
export const WINDOW_END: u32 = 9; // for window_manage: kills its process
export const WINDOW_SET_RESERVED: u32 = 10; // a panel: rows of the screen that maximised windows leave free; a: at the top, b: at the bottom
export const WINDOW_DRAW: u32 = 11; // its app begins to draw the next picture: from here to the submit is that frame's own work
export const WINDOW_SHORTCUT: u32 = 12; // for window_manage(SHORTCUT_LAUNCHER or SHORTCUT_FRAMES, action): as if the user pressed its keys

export const CURSOR_ARROW: u32 = 0;
export const CURSOR_TEXT: u32 = 1;
export const CURSOR_HAND: u32 = 2;
export const CURSOR_CROSS: u32 = 3;
export const CURSOR_NONE: u32 = 4;

// What window_list(buf, capacity) gives, from the top of the stack down
export const WINDOW_INFO_ID: usize = 0; // u32
export const WINDOW_INFO_PID: usize = WINDOW_INFO_ID + 4; // u32
export const WINDOW_INFO_STATE: usize = WINDOW_INFO_PID + 4; // u32, WINDOW_STATE_*
export const WINDOW_INFO_FLAGS: usize = WINDOW_INFO_STATE + 4; // u32, as created
export const WINDOW_INFO_X: usize = WINDOW_INFO_FLAGS + 4; // i32
export const WINDOW_INFO_Y: usize = WINDOW_INFO_X + 4; // i32
export const WINDOW_INFO_WIDTH: usize = WINDOW_INFO_Y + 4; // u32
export const WINDOW_INFO_HEIGHT: usize = WINDOW_INFO_WIDTH + 4; // u32
export const WINDOW_INFO_TITLE: usize = WINDOW_INFO_HEIGHT + 4; // u8[64], UTF-8, NUL-padded
export const WINDOW_INFO_APP: usize = WINDOW_INFO_TITLE + 64; // u8[64], the package's name, NUL-padded
export const WINDOW_INFO_SIZE: usize = WINDOW_INFO_APP + 64;

// What screen_info(buf) gives
export const SCREEN_WIDTH: usize = 0; // u32, pixels; 0 where there is no screen
export const SCREEN_HEIGHT: usize = SCREEN_WIDTH + 4; // u32
export const SCREEN_SCALE: usize = SCREEN_HEIGHT + 4; // u32, percent
export const SCREEN_THEME: usize = SCREEN_SCALE + 4; // u32, THEME_*
export const SCREEN_INFO_SIZE: usize = SCREEN_THEME + 4;
