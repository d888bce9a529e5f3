/**
 * How much longer than on an idle machine of its own a test may take: `OSCORTEX_TIME_FACTOR`, 1 by default. An emulated
 * CPU sets it. What bounds time multiplies by it.
 */
export const TIME_FACTOR = Number(process.env["OSCORTEX_TIME_FACTOR"] ?? 1);
