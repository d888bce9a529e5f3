// Capabilities, granted by a bundle's manifest ∩ the spawner's. Bits of a u32.

export const CAP_FILES: u32 = 1 << 0; // open and read files
export const CAP_NET: u32 = 1 << 1; // TCP
export const CAP_PACKAGES: u32 = 1 << 2; // pkg_* calls
export const CAP_PROCESSES: u32 = 1 << 3; // spawn, wait, kill, list
export const CAP_POWER: u32 = 1 << 4; // power off
export const CAP_SURFACES: u32 = 1 << 5; // windows on the screen: surfaces, and their input
export const CAP_SERVICES: u32 = 1 << 6; // named ports: offer services, and connect to them
export const CAP_DESKTOP: u32 = 1 << 7; // the desktop's rights: panels, overlays, other processes' windows, the screen's mode
export const CAP_ALL: u32 = (1 << 8) - 1;
