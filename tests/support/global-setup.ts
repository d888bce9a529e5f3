/** Builds what the tests run: nothing yet beyond what each test compiles for itself. */
export default function setup(): void {}
