package paper

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/signintech/gopdf"
	"github.com/signintech/gopdf/fontmaker/core"

	"onevisit/internal/domain/fault"
)

//go:embed fonts/*.ttf
var ownFonts embed.FS

// face is one of the four styles of type.
type face int

const (
	song face = iota // titles; 小标宋
	hei              // first headings
	kai              // second headings
	fang             // text; 仿宋
	faces
)

var faceFiles = [faces]string{"song.ttf", "hei.ttf", "kai.ttf", "fang.ttf"}

// alsoNamed are the names under which the faces stand on the machines of
// offices, in lower case.
var alsoNamed = map[string]face{"fzxbsjw.ttf": song, "fzxbsjw--gb1-0.ttf": song, "方正小标宋简体.ttf": song, "simhei.ttf": hei, "黑体.ttf": hei,
	"simkai.ttf": kai, "楷体_gb2312.ttf": kai, "simfang.ttf": fang, "仿宋_gb2312.ttf": fang}

// Fonts are what PDF is set in: the program's free ones, or a county's own
// TrueType files named song.ttf, hei.ttf, kai.ttf and fang.ttf or as their makers
// name them. Any other file of the directory is asked for characters that these
// do not have. The program has no 仿宋, since none is free to be built in: text
// is set in 楷体 unless the county gives one. They are read at first use.
type Fonts struct {
	dir  string
	once sync.Once
	err  error
	box  gopdf.FontContainer
	face [faces]*metrics
	// all are the faces and then the further files, in the order of their names.
	all []*metrics
}

// metrics are what setting a line asks of a face.
type metrics struct {
	name  string
	has   map[int]uint // character to glyph
	width []uint       // by glyph
	em    float64
	// narrow says that quotation marks are set as in Latin text.
	narrow bool
}

// NewFonts uses the files of a directory before the program's own; an empty
// directory name uses those alone.
func NewFonts(dir string) *Fonts { return &Fonts{dir: dir} }

// Check refuses a county's directory or a file of it that cannot be used, so that
// this is known when the program starts and not when somebody prints.
func (f *Fonts) Check() error {
	if f.dir == "" {
		return nil
	}
	return f.load()
}

func (f *Fonts) load() error {
	f.once.Do(func() { f.err = f.read() })
	return f.err
}

func (f *Fonts) read() error {
	own, more, err := f.files()
	if err != nil {
		return err
	}
	for i := range f.face {
		file := own[i]
		var data []byte
		if file != "" {
			data, err = os.ReadFile(filepath.Join(f.dir, file))
		} else {
			file = faceFiles[i]
			if data, err = ownFonts.ReadFile("fonts/" + file); errors.Is(err, fs.ErrNotExist) && face(i) == fang {
				f.face[fang] = f.face[kai]
				continue
			}
		}
		if err != nil {
			return unreadable(file, err)
		}
		if f.face[i], err = f.add(file, data); err != nil {
			return err
		}
	}
	for _, file := range more {
		data, err := os.ReadFile(filepath.Join(f.dir, file))
		if err != nil {
			return unreadable(file, err)
		}
		if _, err := f.add(file, data); err != nil {
			return err
		}
	}
	return nil
}

// files lists the county's files: those of the faces, empty where there is none,
// and the others.
func (f *Fonts) files() (own [faces]string, more []string, err error) {
	if f.dir == "" {
		return own, nil, nil
	}
	list, err := os.ReadDir(f.dir)
	if err != nil {
		return own, nil, fault.Wrap(fault.Invalid, err, "字体目录“%s”不能读取，请检查 --fonts 的路径和权限。", f.dir)
	}
	for _, e := range list {
		name := strings.ToLower(e.Name())
		switch ext := filepath.Ext(name); {
		case e.IsDir():
		case ext == ".ttc" || ext == ".otf":
			return own, nil, notTrueType(e.Name(), nil)
		case ext != ".ttf":
		case slices.Contains(faceFiles[:], name):
			own[slices.Index(faceFiles[:], name)] = e.Name()
		default:
			if i, ok := alsoNamed[name]; !ok {
				more = append(more, e.Name())
			} else if own[i] == "" {
				own[i] = e.Name()
			}
		}
	}
	return own, more, nil
}

func unreadable(file string, err error) error {
	return fault.Wrap(fault.Invalid, err, "字体文件“%s”不能读取，请检查文件和权限。", file)
}

func notTrueType(file string, err error) error {
	if err == nil { // what its name says is enough
		err = errors.New("no TrueType file")
	}
	return fault.Wrap(fault.Invalid, err, "字体文件“%s”不能使用：须为 TrueType（.ttf）格式，不支持 .ttc 和 .otf。", file)
}

// add reads a font into the box.
func (f *Fonts) add(file string, data []byte) (*metrics, error) {
	var p core.TTFParser
	if err := p.ParseFontData(data); err != nil {
		return nil, notTrueType(file, err)
	}
	name := fmt.Sprintf("f%d", len(f.all))
	if err := f.box.AddTTFFontData(name, data); err != nil {
		return nil, notTrueType(file, err)
	}
	m := &metrics{name: name, has: map[int]uint{}, width: p.Widths(), em: float64(p.UnitsPerEm())}
	maps.Copy(m.has, p.Chars())
	// Characters beyond U+FFFF, such as 𬭛, stand in a table of their own.
	for _, g := range p.GroupingTables() {
		for c := g.StartCharCode; c <= g.EndCharCode && g.EndCharCode > 0xFFFF; c++ {
			if c > 0xFFFF {
				m.has[int(c)] = uint(g.GlyphID + c - g.StartCharCode)
			}
		}
	}
	m.narrow = m.advance('“', 1) < 0.9
	f.all = append(f.all, m)
	return m, nil
}

// advance is the width of a character at a size.
func (m *metrics) advance(r rune, size float64) float64 {
	g := m.has[int(r)]
	if int(g) >= len(m.width) {
		g = uint(len(m.width) - 1) // the rest are as wide as the last (hmtx)
	}
	return float64(m.width[g]) * size / m.em
}

// sets reports whether the face has the character, and as wide as Chinese text
// asks for.
func (m *metrics) sets(r rune) bool {
	return m.has[int(r)] != 0 && !(m.narrow && (r == '“' || r == '”' || r == '‘' || r == '’'))
}

// pick is the first face that has the character, asking the wanted one first and
// the further files last; nil if none has.
func (f *Fonts) pick(want face, r rune) *metrics {
	for _, w := range [...]face{want, kai, hei, song, fang} {
		if m := f.face[w]; m.sets(r) {
			return m
		}
	}
	for _, m := range f.all {
		if m.has[int(r)] != 0 {
			return m
		}
	}
	return nil
}
