"""What gdb needs to show AssemblyScript's values: strings, arrays, maps and sets, of debug builds.

`npm run gdb` loads this; in any other gdb: `source vmm/gdb/oscortex-gdb.py`.

A pointer is a 32-bit offset in the linear memory of the instance that it belongs to. Whose that is tells the place where the
pointer itself lies, or else the register r15 of the selected frame. Layouts are those of AssemblyScript 0.28's runtime:
an object has its class at -8 and its size in bytes at -4.
"""

import re

import gdb

# guest-kernel/abi/memory-map.ts
GIB = 1 << 30
KERNEL_WINDOW = 1024 * GIB
PROCESS_WINDOWS = 2048 * GIB
PROCESS_WINDOW = 16 * GIB
WINDOW_MEMORY = 512 << 20
MAX_CONTEXT_BYTES = 4 << 20  # guest-kernel/aot/limits.ts

LINEAR_BYTES = 1 << 32
RT_SIZE = -4
POINTER_BYTES = 4
EMPTY = 1  # of a map's or a set's entry: it was deleted
MAX_TEXT = 1 << 20


def memory_base(place=None):
    """Where the linear memory is that pointers mean, seen from a place in guest memory or from the selected frame."""
    if place is not None and place >= PROCESS_WINDOWS:
        return place - (place - PROCESS_WINDOWS) % PROCESS_WINDOW + WINDOW_MEMORY
    if place is not None and place >= KERNEL_WINDOW and not in_context(place):
        return KERNEL_WINDOW
    return int(gdb.selected_frame().read_register("r15"))


def in_context(place):
    """Whether a global of the selected frame's instance is there: instance contexts are in kernel memory, those of apps too."""
    context = int(gdb.selected_frame().read_register("r14"))
    return context <= place < context + MAX_CONTEXT_BYTES


def place_of(value):
    """The address of a value, if it has one outside of the lowest 4 GiB, which are no memory of their own."""
    address = value.address
    if address is None:
        return None
    place = int(address)
    return place if place >= LINEAR_BYTES else None


def at(address, type):
    """The value of a type at an address of 64 bits. Pointers to the type as it is have 32, those to a constant one do not."""
    return gdb.Value(address).cast(type.const().pointer()).dereference()


def read(address, length):
    return bytes(gdb.selected_inferior().read_memory(address, length))


def object_size(address):
    """The size of an object in bytes, from its header."""
    return int.from_bytes(read(address + RT_SIZE, 4), "little")


def text_at(address):
    length = object_size(address)
    text = read(address, min(length, MAX_TEXT)).decode("utf-16-le", "replace")
    return text + "…" if length > MAX_TEXT else text


def element_type(name):
    """The type of a name inside <>, as a variable of that type has it: objects are pointers."""
    for kind in ("struct ", ""):
        try:
            type = gdb.lookup_type(kind + name)
        except gdb.error:
            continue
        return Reference(type) if kind else type
    return None


class Reference:
    """A pointer in linear memory to a type."""

    sizeof = POINTER_BYTES

    def __init__(self, target):
        self.target = target


def element(address, type, base):
    """What is at an address: a number, or the object that a pointer there points at."""
    if not isinstance(type, Reference):
        return at(address, type)
    pointer = int.from_bytes(read(address, POINTER_BYTES), "little")
    return "null" if pointer == 0 else at(base + pointer, type.target)


def arguments(name):
    """`Map<String,Array<i32>>` → ["String", "Array<i32>"]."""
    inside = name[name.index("<") + 1 : name.rindex(">")]
    parts, depth, part = [], 0, ""
    for letter in inside:
        depth += (letter == "<") - (letter == ">")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [text.strip() for text in [*parts, part]]


class StringPrinter:
    """A string: UTF-16."""

    def __init__(self, address, name, base):
        self.address = address

    def to_string(self):
        return text_at(self.address)

    def display_hint(self):
        return "string"


class RowPrinter:
    """Elements of one type in a row."""

    def __init__(self, address, name, base):
        self.name = name
        self.base = base
        self.type = element_type(arguments(name)[0])
        self.start, self.length = self.extent(address)

    def to_string(self):
        return "%s(%d)" % (self.name, self.length)

    def children(self):
        if self.type is None:
            return
        for i in range(self.length):
            yield "[%d]" % i, element(self.start + i * self.type.sizeof, self.type, self.base)

    def display_hint(self):
        return "array"


class ArrayPrinter(RowPrinter):
    """Array<T>: buffer, dataStart, byteLength, length."""

    def extent(self, address):
        words = read(address, 16)
        start, _, length = (int.from_bytes(words[i : i + 4], "little") for i in (4, 8, 12))
        return self.base + start, length


class StaticArrayPrinter(RowPrinter):
    """StaticArray<T>: the elements themselves."""

    def extent(self, address):
        size = 1 if self.type is None else self.type.sizeof
        return address, object_size(address) // size


class TablePrinter:
    """What Map and Set have in common: buckets, bucketsMask, entries, entriesCapacity, entriesOffset, entriesCount."""

    def __init__(self, address, name, base):
        words = read(address, 24)
        self.entries = base + int.from_bytes(words[8:12], "little")
        self.used = int.from_bytes(words[16:20], "little")
        self.count = int.from_bytes(words[20:24], "little")
        self.name = name
        self.base = base
        self.types = [element_type(argument) for argument in arguments(name)]

    def to_string(self):
        return "%s(%d)" % (self.name, self.count)

    def rows(self):
        """The values of each entry that is there, in the order in which they were inserted."""
        if None in self.types:
            return
        offset, offsets = 0, []
        for type in self.types:
            offset = align(offset, type.sizeof)
            offsets.append(offset)
            offset += type.sizeof
        tag = align(offset, POINTER_BYTES)
        size = align(tag + POINTER_BYTES, max(POINTER_BYTES, *(type.sizeof for type in self.types)))
        for i in range(self.used):
            entry = self.entries + i * size
            if int.from_bytes(read(entry + tag, 4), "little") & EMPTY:
                continue
            yield [element(entry + at, type, self.base) for at, type in zip(offsets, self.types)]


def align(offset, alignment):
    return (offset + alignment - 1) // alignment * alignment


class MapPrinter(TablePrinter):
    """Map<K,V>."""

    def children(self):
        for i, (key, value) in enumerate(self.rows()):
            yield "[%d].key" % i, key
            yield "[%d].value" % i, value

    def display_hint(self):
        return "map"


class SetPrinter(TablePrinter):
    """Set<T>."""

    def children(self):
        for i, (value,) in enumerate(self.rows()):
            yield "[%d]" % i, value

    def display_hint(self):
        return "array"


PRINTERS = (
    (re.compile(r"String$"), StringPrinter),
    (re.compile(r"Array<.*>$"), ArrayPrinter),
    (re.compile(r"StaticArray<.*>$"), StaticArrayPrinter),
    (re.compile(r"Map<.*>$"), MapPrinter),
    (re.compile(r"Set<.*>$"), SetPrinter),
)


class NullPrinter:
    """A pointer to nothing."""

    def to_string(self):
        return "null"


def find_printer(value):
    """The printer of an object, or of a pointer to one."""
    type = value.type.strip_typedefs()
    if type.code == gdb.TYPE_CODE_PTR and type.sizeof == POINTER_BYTES:
        target = type.target().strip_typedefs()
        printer = printer_of(target)
        if printer is None:
            return None
        base = memory_base(place_of(value))
        pointer = int(value)
        return NullPrinter() if pointer == 0 else printer(base + pointer, target.name, base)
    printer = printer_of(type)
    if printer is None or value.address is None:
        return None
    address = int(value.address)
    base = memory_base(place_of(value))
    return printer(address if address >= LINEAR_BYTES else base + address, type.name, base)


def printer_of(type):
    if type.code != gdb.TYPE_CODE_STRUCT or type.name is None:
        return None
    return next((printer for pattern, printer in PRINTERS if pattern.match(type.name)), None)


class Linear(gdb.Function):
    """$linear(POINTER): the address of 64 bits that a pointer of the selected frame means, for `x` and `watch`."""

    def __init__(self):
        super().__init__("linear")

    def invoke(self, pointer):
        return memory_base() + int(pointer) % LINEAR_BYTES


class Text(gdb.Function):
    """$text(POINTER): the string at a pointer of the selected frame, also where its type is not known."""

    def __init__(self):
        super().__init__("text")

    def invoke(self, pointer):
        return text_at(memory_base() + int(pointer) % LINEAR_BYTES)


gdb.pretty_printers[:] = [
    printer for printer in gdb.pretty_printers if getattr(printer, "__name__", "") != find_printer.__name__
]
gdb.pretty_printers.append(find_printer)
Linear()
Text()
