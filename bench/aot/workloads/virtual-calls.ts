// Calls through tables: overridden methods and function values.

const SHAPES: i32 = 1000;
const ROUNDS: i32 = 2000;

abstract class Shape {
  constructor(public size: i32) {}
  abstract weigh(round: i32): i32;
}

class Square extends Shape {
  weigh(round: i32): i32 {
    return this.size * this.size + round;
  }
}

class Line extends Shape {
  weigh(round: i32): i32 {
    return this.size ^ round;
  }
}

class Cube extends Shape {
  weigh(round: i32): i32 {
    return this.size * this.size * this.size - round;
  }
}

const shapes = new Array<Shape>();

export function virtualCalls(): u32 {
  if (shapes.length == 0) for (let i = 0; i < SHAPES; i++) shapes.push(makeShape(i));
  let checksum: u32 = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const combine: (a: u32, b: u32) => u32 = round & 1 ? add : exclusiveOr;
    for (let i = 0; i < SHAPES; i++) checksum = combine(checksum, unchecked(shapes[i]).weigh(round));
  }
  return checksum;
}

function makeShape(i: i32): Shape {
  if (i % 3 == 0) return new Square(i);
  return i % 3 == 1 ? new Line(i) : new Cube(i);
}

function add(a: u32, b: u32): u32 {
  return a + b;
}

function exclusiveOr(a: u32, b: u32): u32 {
  return a ^ b;
}
