// AssemblyScript's integer types, for tsc: the constants in this folder are compiled by both.
declare type usize = number;
declare type u32 = number;
declare type u16 = number;
declare type u8 = number;
declare type i32 = number;
