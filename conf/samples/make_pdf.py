#!/usr/bin/python3
"""Makes the two PDF attachments of the sample dossier. Run it in this folder; its output is checked in.

The text is real text in an embedded subset of DejaVu Sans (package fonts-dejavu-core), so that every reader shows
and searches Vietnamese. No other library is needed; the same font gives the same bytes.
"""
import struct
import zlib

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


class Font:
    """A TrueType font, read as far as a subset needs it."""

    def __init__(self, path):
        self.data = open(path, "rb").read()
        count = struct.unpack(">H", self.data[4:6])[0]
        self.tables = {}
        for i in range(count):
            tag, _, offset, length = struct.unpack(">4sLLL", self.data[12 + 16 * i:28 + 16 * i])
            self.tables[tag.decode()] = self.data[offset:offset + length]
        self.units = struct.unpack(">H", self.tables["head"][18:20])[0]
        self.glyphs = struct.unpack(">H", self.tables["maxp"][4:6])[0]
        self.metrics = struct.unpack(">H", self.tables["hhea"][34:36])[0]
        self.loca = self._loca()
        self.cmap = self._cmap()

    def _loca(self):
        if struct.unpack(">h", self.tables["head"][50:52])[0]:
            return struct.unpack(">%dL" % (self.glyphs + 1), self.tables["loca"][:4 * self.glyphs + 4])
        return [2 * v for v in struct.unpack(">%dH" % (self.glyphs + 1), self.tables["loca"][:2 * self.glyphs + 2])]

    def _cmap(self):
        table = self.tables["cmap"]
        for i in range(struct.unpack(">H", table[2:4])[0]):
            platform, encoding, offset = struct.unpack(">HHL", table[4 + 8 * i:12 + 8 * i])
            if (platform, encoding) == (3, 1):
                return self._cmap4(table[offset:])
        raise SystemExit("the font has no Unicode cmap of format 4")

    @staticmethod
    def _cmap4(t):
        n = struct.unpack(">H", t[6:8])[0] // 2
        words = lambda at: struct.unpack(">%dH" % n, t[at:at + 2 * n])
        ends, starts, deltas, ranges = words(14), words(16 + 2 * n), words(16 + 4 * n), words(16 + 6 * n)
        out = {}
        for i in range(n):
            for c in range(starts[i], ends[i] + 1):
                glyph = c
                if ranges[i]:
                    at = 16 + 6 * n + 2 * i + ranges[i] + 2 * (c - starts[i])
                    glyph = struct.unpack(">H", t[at:at + 2])[0] if at + 2 <= len(t) else 0
                    if not glyph:
                        continue
                out[c] = (glyph + deltas[i]) & 0xffff
        return out

    def width(self, glyph):
        at = 4 * min(glyph, self.metrics - 1)
        return struct.unpack(">H", self.tables["hmtx"][at:at + 2])[0] * 1000 // self.units

    def outline(self, glyph):
        return self.tables["glyf"][self.loca[glyph]:self.loca[glyph + 1]]


def components(outline):
    """(offset of the glyph index, glyph) of a composite glyph, and the offset of its end without instructions."""
    found, at, more = [], 10, True
    while more:
        flags, glyph = struct.unpack(">HH", outline[at:at + 4])
        found.append((at, glyph))
        size = 8 if flags & 1 else 6
        size += 2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0
        at += size
        more = flags & 0x20
    return found, at


def strip(outline):
    """A simple outline without its hinting."""
    contours = struct.unpack(">h", outline[:2])[0]
    at = 10 + 2 * contours
    length = struct.unpack(">H", outline[at:at + 2])[0]
    return outline[:at] + b"\0\0" + outline[at + 2 + length:]


def subset(font, text):
    """The font file with the glyphs of the text alone, numbered anew, and the map from character to glyph."""
    order, numbers = [0], {0: 0}

    def take(glyph):
        if glyph not in numbers:
            numbers[glyph] = len(order)
            order.append(glyph)
            outline = font.outline(glyph)
            if outline and outline[0] & 0x80:
                for _, part in components(outline)[0]:
                    take(part)

    for c in sorted(set(text)):
        take(font.cmap[ord(c)])
    glyf, loca, hmtx = b"", [0], b""
    for glyph in order:
        outline = font.outline(glyph)
        if outline and outline[0] & 0x80:
            parts, end = components(outline)
            body = bytearray(outline[:end])
            for at, part in parts:
                flags = struct.unpack(">H", body[at:at + 2])[0] & ~0x100
                body[at:at + 4] = struct.pack(">HH", flags, numbers[part])
            outline = bytes(body)
        elif outline:
            outline = strip(outline)
        glyf += outline + b"\0" * (-len(outline) % 4)
        loca.append(len(glyf))
        metric = 4 * min(glyph, font.metrics - 1)
        hmtx += font.tables["hmtx"][metric:metric + 4]
    head = bytearray(font.tables["head"])
    head[8:12] = b"\0\0\0\0"
    head[50:52] = b"\0\1"
    hhea = font.tables["hhea"][:34] + struct.pack(">H", len(order))
    maxp = font.tables["maxp"][:4] + struct.pack(">H", len(order)) + font.tables["maxp"][6:]
    tables = {"glyf": glyf, "head": bytes(head), "hhea": hhea, "hmtx": hmtx,
              "loca": struct.pack(">%dL" % len(loca), *loca), "maxp": maxp}
    out, body, at = struct.pack(">LHHHH", 0x10000, len(tables), 64, 2, 32), b"", 12 + 16 * len(tables)
    for tag in sorted(tables):
        data = tables[tag] + b"\0" * (-len(tables[tag]) % 4)
        total = sum(struct.unpack(">%dL" % (len(data) // 4), data)) & 0xffffffff
        out += struct.pack(">4sLLL", tag.encode(), total, at + len(body), len(tables[tag]))
        body += data
    return out + body, {c: numbers[font.cmap[ord(c)]] for c in set(text)}


class Pdf:
    def __init__(self):
        self.objects = []

    def add(self, body):
        self.objects.append(body if isinstance(body, bytes) else body.encode())
        return len(self.objects)

    def stream(self, data, extra=""):
        packed = zlib.compress(data, 9)
        head = "<< /Length %d /Filter /FlateDecode %s >>\nstream\n" % (len(packed), extra)
        return self.add(head.encode() + packed + b"\nendstream")

    def write(self, path, root, info):
        out, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
        for i, body in enumerate(self.objects):
            offsets.append(len(out))
            out += b"%d 0 obj\n" % (i + 1) + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
        out += b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
            len(offsets) + 1, root, info, start)
        open(path, "wb").write(out)


def hex16(text):
    return "<FEFF" + text.encode("utf-16-be").hex().upper() + ">"


def add_font(pdf, font, text):
    data, glyphs = subset(font, text)
    name = "LTSAMP+DejaVuSans"
    file = pdf.stream(data, "/Length1 %d" % len(data))
    descriptor = pdf.add("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [-1021 -463 1793 1232] /ItalicAngle 0"
                         " /Ascent 928 /Descent -236 /CapHeight 729 /StemV 80 /FontFile2 %d 0 R >>" % (name, file))
    pairs = sorted((glyph, c) for c, glyph in glyphs.items())
    widths = " ".join("%d [%d]" % (glyph, font.width(font.cmap[ord(c)])) for glyph, c in pairs)
    cid = pdf.add("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering"
                  " (Identity) /Supplement 0 >> /FontDescriptor %d 0 R /CIDToGIDMap /Identity /W [%s] >>"
                  % (name, descriptor, widths))
    lines = ["<%04X> <%04X>" % (glyph, ord(c)) for glyph, c in pairs]
    blocks = ["%d beginbfchar\n%s\nendbfchar" % (len(lines[i:i + 100]), "\n".join(lines[i:i + 100]))
              for i in range(0, len(lines), 100)]
    cmap = pdf.stream(("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /LT def /CMapType 2 def\n"
                       "1 begincodespacerange <0000> <FFFF> endcodespacerange\n%s\nendcmap end end"
                       % "\n".join(blocks)).encode())
    return pdf.add("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R]"
                   " /ToUnicode %d 0 R >>" % (name, cid, cmap)), glyphs


def page_text(font, glyphs, lines):
    """Lines are (size, centred, text), from the top of an A4 page down."""
    out, y = "", 785
    for size, centred, text in lines:
        width = sum(font.width(font.cmap[ord(c)]) for c in text) * size / 1000
        x = (595 - width) / 2 if centred else 60
        codes = "".join("%04X" % glyphs[c] for c in text)
        if codes:
            out += "BT /F %d Tf %.1f %.1f Td <%s> Tj ET\n" % (size, x, y, codes)
        y -= size * 1.6
    return out


def scan(width, height):
    """Grey levels that look like old paper under a scanner: a frame, a star, and grain. Always the same."""
    rows, state = bytearray(), 20240727
    for y in range(height):
        for x in range(width):
            state = (state * 1103515245 + 12345) & 0x7fffffff
            level = 224 - (x * x + y * y) * 20 // (width * width + height * height) + (state >> 16) % 12
            edge = min(x, y, width - 1 - x, height - 1 - y)
            if edge in (12, 13, 18):
                level -= 120
            dx, dy = x - width // 2, y - height * 16 // 100
            if dx * dx + dy * dy < 1600 and (dx * dx + dy * dy > 1300 or abs(dx) + abs(dy) < 24):
                level -= 90
            rows.append(max(0, min(255, level)))
    return bytes(rows)


def make(path, title, pages, picture=None):
    font, pdf = Font(FONT), Pdf()
    text = "".join(line[2] for page in pages for line in page)
    face, glyphs = add_font(pdf, font, text)
    resources, before = "/Font << /F %d 0 R >>" % face, ""
    if picture:
        width, height = picture
        image = pdf.stream(scan(width, height), "/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace"
                           " /DeviceGray /BitsPerComponent 8" % (width, height))
        resources += " /XObject << /I %d 0 R >>" % image
        before = "q 515 0 0 728 40 57 cm /I Do Q\n"
    tree = len(pdf.objects) + 2 * len(pages) + 1
    kids = []
    for number, page in enumerate(pages):
        content = pdf.stream(((before if number == 0 else "") + page_text(font, glyphs, page)).encode())
        kids.append(pdf.add("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Resources << %s >> /Contents %d 0 R >>"
                            % (tree, resources, content)))
    assert pdf.add("<< /Type /Pages /Count %d /Kids [%s] >>"
                   % (len(kids), " ".join("%d 0 R" % k for k in kids))) == tree
    root = pdf.add("<< /Type /Catalog /Pages %d 0 R /Lang (vi-VN) >>" % tree)
    info = pdf.add("<< /Title %s /CreationDate (D:20250512081500+07'00') >>" % hex16(title))
    pdf.write(path, root, info)


PROOF = [
    [(12, True, "Giấy xác nhận của UBND xã"), (10, False, ""), (10, False, "Bà Hoàng Thị Lan là con"),
     (10, False, "của liệt sĩ Hoàng Văn Thắng.")],
]
CERTIFICATE = [
    [(13, True, ""), (13, True, ""), (13, True, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (12, True, "Độc lập - Tự do - Hạnh phúc"),
     (12, True, ""), (12, True, ""), (12, True, ""), (12, True, ""), (12, True, ""), (12, True, ""), (12, True, ""),
     (22, True, "TỔ QUỐC GHI CÔNG"), (12, True, ""), (13, True, "Liệt sĩ: HOÀNG VĂN THẮNG"),
     (12, True, "Nguyên quán: xã Gia Cát, huyện Cao Lộc, tỉnh Lạng Sơn"),
     (12, True, "Đã hy sinh trong sự nghiệp kháng chiến chống Mỹ cứu nước"),
     (12, True, "ngày 17 tháng 3 năm 1972"), (12, True, ""), (11, True, "Bằng số: BH 417 bm"),
     (11, True, "Theo Quyết định số 468/TTg ngày 27 tháng 7 năm 1977"),
     (10, True, "(Bản chụp kèm hồ sơ đề nghị cấp đổi; Bằng gốc bị rách, mờ chữ)")],
    [(13, True, "BIÊN BẢN KIỂM TRA BẰNG GỐC"), (11, False, ""),
     (11, False, "1. Bằng do gia đình bà Hoàng Thị Lan, khối 6, thị trấn Cao Lộc, đang giữ."),
     (11, False, "2. Tình trạng: rách mép phải 4 cm, chữ ký và dấu đã mờ, số Bằng còn đọc được."),
     (11, False, "3. Đối chiếu với danh sách liệt sĩ lưu tại huyện: trùng khớp họ tên, quê quán, ngày hy sinh."),
     (11, False, "4. Kiến nghị: đủ điều kiện đề nghị cấp đổi."), (11, False, ""),
     (11, False, "Cao Lộc, ngày 12 tháng 5 năm 2025"), (11, False, "Người lập: Nông Thị Hiền, công chức Văn phòng HĐND và UBND huyện")],
]

if __name__ == "__main__":
    make("giay-xac-nhan.pdf", "Giấy xác nhận thân nhân liệt sĩ", PROOF)
    make("bang-to-quoc-ghi-cong.pdf", "Bằng Tổ quốc ghi công (bản chụp)", CERTIFICATE, (360, 509))
