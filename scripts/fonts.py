#!/usr/bin/env python3
"""Makes the fonts of internal/infra/paper/fonts; run it only when they change.

    apt-get install -y --no-install-recommends python3-fonttools
    apt-get download fonts-noto-cjk fonts-lxgw-wenkai
    for d in *.deb; do dpkg -x "$d" unpacked; done
    scripts/fonts.py unpacked internal/infra/paper/fonts

Each is a subset (GB 2312, Latin-1, full-width forms, and characters of names
that GB 2312 lacks) with quadratic outlines, which the PDF writer needs, and
under a name of its own, as the licence of a modified version asks.
"""
import os
import sys

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

FONTS = [
    ("song.ttf", "Onevisit Song Bold", "usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    ("hei.ttf", "Onevisit Hei", "usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("kai.ttf", "Onevisit Kai", "usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", 0),
]

# Characters of names and places that GB 2312 lacks.
NAMES = "㙍䶮堃喆犇镕垚淼燚珺翀昇頔䲟祎芃玥瑄赟甯鑫熤暐禛龑昉昳珅珮琇琬瑀璟璠晞晔烜焜煊锺鍾镠镔镗镝铖鋆钰铄彧旻旸昕沄洺浠浥湉滢澍濛瀚灏炘炜烨焓焱熠皓皝睿"


def characters():
    out = set(range(0x20, 0x7F)) | set(range(0xA0, 0x100)) | set(range(0xFF01, 0xFF5F))
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                out.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    out |= {ord(c) for c in NAMES} | {ord(c) for c in "—…“”‘’·〔〕①②③④⑤⑥⑦⑧⑨⑩√×≤≥→"}
    return out


def quadratic(font):
    if "glyf" in font:
        return
    glyphs = font.getGlyphSet()
    order = font.getGlyphOrder()
    glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, font["head"].unitsPerEm / 1000, reverse_direction=True))
        glyf[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), glyf
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in ("maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements", "maxSizeOfInstructions", "maxComponentElements"):
        setattr(maxp, field, 1 if field == "maxZones" else 0)
    font["post"].formatType = 3.0
    font["head"].glyphDataFormat = 0
    for table in ("CFF ", "VORG"):
        if table in font:
            del font[table]
    font.sfntVersion = "\x00\x01\x00\x00"


def main(source, target):
    os.makedirs(target, exist_ok=True)
    for name, family, path, number in FONTS:
        font = TTFont(os.path.join(source, path), fontNumber=number)
        options = Options()
        options.layout_features, options.hinting, options.notdef_outline = [], False, True
        options.name_IDs, options.glyph_names = [0, 1, 2, 3, 4, 5, 6, 13, 14], False
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=characters())
        subsetter.subset(font)
        quadratic(font)
        for table in ("GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "DSIG"):
            if table in font:
                del font[table]
        for record in font["name"].names:
            if record.nameID in (1, 3, 4, 16):
                record.string = family
            elif record.nameID == 6:
                record.string = family.replace(" ", "")
        font.save(os.path.join(target, name))
        print(name, os.path.getsize(os.path.join(target, name)), len(font.getBestCmap()))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
