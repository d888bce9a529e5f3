// The framebuffer: a linear region of guest RAM that the host shows, a register file, and a page of damage.
// Pixels are u32 0xXXRRGGBB, little-endian. Offsets in bytes.
//
// A mode is shown from the first damage after FRAMEBUFFER_ENABLE on: the guest has time to draw.

// Registers at FRAMEBUFFER_GPA, 32 bits each
export const FRAMEBUFFER_MAGIC: usize = 0; // R, FRAMEBUFFER_MAGIC_VALUE; 0 where there is no screen
export const FRAMEBUFFER_WANTED_WIDTH: usize = FRAMEBUFFER_MAGIC + 4; // R, pixels: what whoever looks would like
export const FRAMEBUFFER_WANTED_HEIGHT: usize = FRAMEBUFFER_WANTED_WIDTH + 4; // R
export const FRAMEBUFFER_WANTED_SCALE: usize = FRAMEBUFFER_WANTED_HEIGHT + 4; // R, percent: device pixels per 100 logical ones
export const FRAMEBUFFER_ADDRESS: usize = FRAMEBUFFER_WANTED_SCALE + 4; // RW, guest-physical, a multiple of PAGE_SIZE
export const FRAMEBUFFER_WIDTH: usize = FRAMEBUFFER_ADDRESS + 4; // RW, 1..FRAMEBUFFER_MAX_SIDE
export const FRAMEBUFFER_HEIGHT: usize = FRAMEBUFFER_WIDTH + 4; // RW
export const FRAMEBUFFER_STRIDE: usize = FRAMEBUFFER_HEIGHT + 4; // RW, bytes from a row to the next, a multiple of 4
export const FRAMEBUFFER_DAMAGE: usize = FRAMEBUFFER_STRIDE + 4; // RW, guest-physical, where the DAMAGE_* page is
export const FRAMEBUFFER_ENABLE: usize = FRAMEBUFFER_DAMAGE + 4; // RW, store 1: show what the registers before say, 0: nothing; reads 1 if that was sound
export const FRAMEBUFFER_DOORBELL: usize = FRAMEBUFFER_ENABLE + 4; // W, there is damage, and DAMAGE_WAITING was 1
export const FRAMEBUFFER_CURSOR: usize = FRAMEBUFFER_DOORBELL + 4; // W, guest-physical, of a CURSOR_* picture, taken before the store ends; 0 hides the cursor
export const FRAMEBUFFER_CLIPBOARD: usize = FRAMEBUFFER_CURSOR + 4; // W, guest-physical, of a CLIPBOARD_* text that is now in the guest's clipboard, taken before the store ends
export const FRAMEBUFFER_PASTES: usize = FRAMEBUFFER_CLIPBOARD + 4; // R, texts that whoever looks has offered so far, runs free; EVENT_BIT_SCREEN tells of another
export const FRAMEBUFFER_PASTE: usize = FRAMEBUFFER_PASTES + 4; // W, guest-physical, of a CLIPBOARD_* with room for CLIPBOARD_LENGTH bytes: has the newest text before the store ends, an empty one if that does not fit
export const FRAMEBUFFER_SIZE: usize = FRAMEBUFFER_PASTE + 4;

export const FRAMEBUFFER_MAGIC_VALUE: u32 = 0x4246534f; // "OSFB"
export const FRAMEBUFFER_MAX_SIDE: u32 = 8192;

// The damage page: what changed, without exits. The guest writes rectangles and then the head; the host reads from
// where it was. If the head has run ahead by more than DAMAGE_RECT_COUNT, all of the screen has changed.
export const DAMAGE_HEAD: usize = 0; // u32, guest: rectangles written so far, runs free
export const DAMAGE_WAITING: usize = DAMAGE_HEAD + 4; // u32, host sets 1; the guest exchanges it with 0 after a new head, and rings if it was 1
export const DAMAGE_FRAMES: usize = DAMAGE_WAITING + 4; // u32, guest: frames composed so far
export const DAMAGE_COPIES: usize = DAMAGE_FRAMES + 4; // u32, host: 1 if it wants to hear of copies
export const DAMAGE_BEGUN: usize = DAMAGE_COPIES + 4; // u32, guest: frames begun, stored before the first pixel of each is drawn, runs free
export const DAMAGE_RECTS: usize = 64; // DAMAGE_RECT_COUNT times: x, y, width, height, u32 each, inside the screen
export const DAMAGE_RECT_COUNT: u32 = 128; // a power of two; rectangle i is at i % DAMAGE_RECT_COUNT
export const DAMAGE_RECT_SIZE: usize = 16;
// Two entries in a row can be a copy: `width` x `height` pixels at `x`, `y` are what was at the other place when the frame
// before was done. The first has its x with DAMAGE_COPY, y, width, height; the second the other place's x with DAMAGE_COPY,
// y, DAMAGE_BEGUN of the frame that this is of, and 0. What of that frame differs besides follows as rectangles.
export const DAMAGE_COPY: u32 = 1 << 31;
export const DAMAGE_PAGE_SIZE: usize = DAMAGE_RECTS + 16 * 128;

// A text of a clipboard: UTF-8, CLIPBOARD_MAX bytes (window.ts) at most
export const CLIPBOARD_LENGTH: usize = 0; // u32
export const CLIPBOARD_TEXT: usize = CLIPBOARD_LENGTH + 4; // u8[CLIPBOARD_LENGTH]

// A picture of the cursor, which whoever looks draws at the pointer
export const CURSOR_WIDTH: usize = 0; // u32, 1..CURSOR_MAX_SIDE
export const CURSOR_HEIGHT: usize = CURSOR_WIDTH + 4; // u32
export const CURSOR_HOT_X: usize = CURSOR_HEIGHT + 4; // u32, the pixel that points
export const CURSOR_HOT_Y: usize = CURSOR_HOT_X + 4; // u32
export const CURSOR_PIXELS: usize = CURSOR_HOT_Y + 4; // u32 0xAARRGGBB, premultiplied, row by row
export const CURSOR_MAX_SIDE: u32 = 64;
