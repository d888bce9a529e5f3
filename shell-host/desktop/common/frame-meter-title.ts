/** The title of the desktop's window that shows frame times: it is on the screen while they show. */
export const FRAME_METER_TITLE = "Frame times";
