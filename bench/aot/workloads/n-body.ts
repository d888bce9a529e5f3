// Bodies that attract each other, in the plane of three coordinates; leapfrog steps.

const BODIES: i32 = 5;
const STEPS: i32 = 100000;
const DT: f64 = 0.001;

@unmanaged
class Body {
  x: f64;
  y: f64;
  z: f64;
  vx: f64;
  vy: f64;
  vz: f64;
  mass: f64;
}

const BODY_SIZE: usize = offsetof<Body>();
const bodies = memory.data(BODIES * 56);

export function nBody(): u32 {
  place();
  for (let step = 0; step < STEPS; step++) advance();
  let checksum: u64 = 0;
  for (let i = 0; i < BODIES; i++) checksum = rotl(checksum, 7) ^ reinterpret<u64>(body(i).x);
  return <u32>(checksum ^ (checksum >> 32));
}

function body(i: i32): Body {
  return changetype<Body>(bodies + <usize>i * BODY_SIZE);
}

function place(): void {
  for (let i = 0; i < BODIES; i++) {
    const b = body(i);
    b.x = <f64>i * 3;
    b.y = <f64>(i & 1) * 0.7;
    b.z = <f64>i * 0.1;
    b.vx = 0;
    b.vy = i == 0 ? 0 : 2 / <f64>i;
    b.vz = 0.01 * <f64>i;
    b.mass = i == 0 ? 39.5 : 0.03 * <f64>i;
  }
}

function advance(): void {
  for (let i = 0; i < BODIES; i++) {
    const a = body(i);
    for (let j = i + 1; j < BODIES; j++) {
      const b = body(j);
      const dx = a.x - b.x;
      const dy = a.y - b.y;
      const dz = a.z - b.z;
      const distance2 = dx * dx + dy * dy + dz * dz;
      const magnitude = DT / (distance2 * sqrt(distance2));
      a.vx -= dx * b.mass * magnitude;
      a.vy -= dy * b.mass * magnitude;
      a.vz -= dz * b.mass * magnitude;
      b.vx += dx * a.mass * magnitude;
      b.vy += dy * a.mass * magnitude;
      b.vz += dz * a.mass * magnitude;
    }
  }
  for (let i = 0; i < BODIES; i++) {
    const b = body(i);
    b.x += DT * b.vx;
    b.y += DT * b.vy;
    b.z += DT * b.vz;
  }
}
