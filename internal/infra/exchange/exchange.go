// Package exchange reads and writes the lists of service items as files: xlsx,
// csv, json and jsonl. It is the only room that knows how a workbook or a
// county's old table looks; everybody else sees catalog.Item.
//
// Reading is a stream: one record is in memory at a time and is handed to a
// sink with everything that was noticed about it. A record is bad only if it
// cannot be read as an item at all (no name, broken structure). Whatever else is
// wrong with it stands in its problems, and the item holds what the unit wrote:
// judging it is the work of lint, and a draft with a wrong code is still a draft.
//
// Nothing of the input is lost silently: what has no place in the item is kept
// in Item.Extra and reported, and a value that was changed (full-width digits,
// stray spaces) is reported as changed.
package exchange

import (
	"context"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
)

// Severities of a Problem. An error should be corrected before the item is
// submitted; a warning should be looked at; a note says what the reader changed.
const (
	SeverityError   = "错误"
	SeverityWarning = "警告"
	SeverityNote    = "提示"
)

// Problem is one thing noticed about one place of the input. Its JSON is that of
// `import --json`.
type Problem struct {
	File  string `json:"file,omitempty"` // where several were imported together
	Sheet string `json:"sheet"`
	// Row counts records as the file's reader sees them: a csv's header is row
	// 1, a jsonl's first line is row 1, a sheet's rows have their own numbers.
	// 0 means the whole file or sheet.
	Row      int    `json:"row"`
	Cell     string `json:"cell,omitempty"` // xlsx only, "F12"
	Field    string `json:"field"`
	Value    string `json:"value"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

// Record is one row of the input.
type Record struct {
	Sheet string
	Row   int
	// Item is nil if the record is bad.
	Item     *catalog.Item
	Problems []Problem
	// Raw is what a bad record held, in the order of the input, so that it can
	// be handed back for correction. It is empty for a good one.
	Raw []RawValue

	said said
}

// RawValue is one named value of a bad record.
type RawValue struct{ Name, Value string }

// Unknown is a column or key that no mapping knows. It is reported once a file;
// its values are kept in Item.Extra under Name.
type Unknown struct {
	Sheet string `json:"sheet"`
	Name  string `json:"name"`
	Count int    `json:"count"` // records that have a value there
}

// Report sums up a file.
type Report struct {
	Format  string    `json:"format"`  // xlsx, csv, json or jsonl
	Mapping string    `json:"mapping"` // name of the mapping that was used
	Rows    int       `json:"rows"`
	Good    int       `json:"good"`
	Bad     int       `json:"bad"`
	Unknown []Unknown `json:"unknown,omitempty"`
	// Problems holds those of the file as a whole and of its records, at most
	// Limits.Problems of them; Omitted counts the rest.
	Problems []Problem `json:"problems"`
	Omitted  int       `json:"omitted,omitempty"`
}

// Source is a file to be read, either at Path or as R with its Size in bytes.
// Name is shown to people; its ending is a hint only, the content decides.
type Source struct {
	Name string
	Path string
	R    io.ReaderAt
	Size int64
}

// Open makes a source of a file on this machine, to be closed afterwards.
func Open(path string) (Source, io.Closer, error) {
	f, err := os.Open(path)
	if err != nil {
		return Source{}, nil, fault.Wrap(fault.Invalid, err, "打不开文件“%s”，请检查路径和权限。", path)
	}
	st, err := f.Stat()
	if err != nil {
		_ = f.Close() // nothing was read
		return Source{}, nil, err
	}
	return Source{Name: st.Name(), R: f, Size: st.Size()}, f, nil
}

// Limits bound what a file may cost. A zero field means the default.
type Limits struct {
	Size      int64 // bytes of the file; 200 MB
	Unzipped  int64 // bytes of all parts of a workbook; 2 GB
	Ratio     int64 // unzipped to zipped of one part over 16 MB; 200
	Strings   int64 // bytes of a workbook's shared strings; 512 MB
	Rows      int   // records; 1,000,000
	Columns   int   // columns of a table; 512
	Cells     int   // filled cells of a workbook; 40,000,000
	Record    int   // bytes of one csv field, one JSON record or one cell; 8 MB
	Problems  int   // problems kept in the report; 50,000
	SideRows  int   // rows of the sheets beside the items (materials, steps …); 300,000
	sideBytes int64 // text of those sheets; 128 MB
	inMemory  int64 // shared strings kept in memory, the rest goes to a file; 64 MB
}

func (l Limits) withDefaults() Limits {
	def := func(p *int64, v int64) {
		if *p <= 0 {
			*p = v
		}
	}
	defi := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	def(&l.Size, 200<<20)
	def(&l.Unzipped, 2<<30)
	def(&l.Ratio, 200)
	def(&l.Strings, 512<<20)
	defi(&l.Rows, 1_000_000)
	defi(&l.Columns, 512)
	defi(&l.Cells, 40_000_000)
	defi(&l.Record, 8<<20)
	defi(&l.Problems, 50_000)
	defi(&l.SideRows, 300_000)
	def(&l.sideBytes, 128<<20)
	def(&l.inMemory, 64<<20)
	return l
}

// Options say how to read.
type Options struct {
	// Mapping names a declared mapping; empty means to recognise one by the
	// columns or keys of the file.
	Mapping string
	// Unit is the unit of items that name none. An item that names another
	// keeps its own and is reported.
	Unit   string
	Limits Limits
}

// Sink takes the records in the order of the file. An error stops the reading
// and is returned as it is.
type Sink func(Record) error

// Read reads the items of src and hands them to sink one at a time.
//
// The format is recognised by content. A file that is none of the four, or that
// is broken as a whole, is a fault.Invalid that names the place and the remedy;
// the report then covers what was read before. Cancelling ctx stops the reading
// with the context's error.
func Read(ctx context.Context, src Source, opt Options, sink Sink) (Report, error) {
	opt.Limits = opt.Limits.withDefaults()
	s := &session{ctx: ctx, opt: opt, sink: sink, unknown: map[string]*Unknown{}, first: map[uint64]firstSeen{}, seed: maphash.MakeSeed()}
	in, err := openInput(src, opt.Limits)
	if err != nil {
		return s.finish(), err
	}
	defer in.close()
	if opt.Mapping != "" {
		m, ok := mappingByName(opt.Mapping)
		if !ok {
			return s.finish(), fault.Invalidf("没有名为“%s”的列对应方案。可用的有：%s。", clip(opt.Mapping, 40), strings.Join(Mappings(), "、"))
		}
		s.mapping = m
	}
	switch in.format {
	case formatXLSX:
		err = s.readXLSX(in)
	case formatJSON:
		err = s.readJSON(in)
	case formatJSONL:
		err = s.readJSONL(in)
	default:
		err = s.readCSV(in)
	}
	s.report.Format = in.format
	return s.finish(), err
}

// session is one run of Read.
type session struct {
	ctx     context.Context
	opt     Options
	sink    Sink
	mapping *mapping // nil: the general one
	report  Report
	unknown map[string]*Unknown
	// first is the row in which an identity came first, by its hash.
	first map[uint64]firstSeen
	seed  maphash.Seed
	flat  bool // a list whose entries keep no unknown columns
}

type firstSeen struct {
	sheet string
	row   int
}

// repeated notes an item that the file holds already.
func (s *session) repeated(d *draft) {
	h := maphash.String(s.seed, d.item.Identity())
	was, dup := s.first[h]
	if !dup {
		s.first[h] = firstSeen{d.sheet, d.row}
		return
	}
	d.field = targets["name"].Label
	if d.item.ImplementationCode != "" {
		d.field = targets["implementation_code"].Label
	}
	where := "第 " + strconv.Itoa(was.row) + " 行"
	if was.sheet != d.sheet {
		where = "工作表“" + was.sheet + "”" + where
	}
	d.warn(d.item.Name, "与"+where+"是同一事项（编码相同，或没有编码而单位、名称、办理项都相同），两条都会读入，报送前请删去一条，或用办理项、编码加以区分。")
	d.field = ""
}

// emit counts the record and hands it on.
func (s *session) emit(rec Record) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.report.Rows >= s.opt.Limits.Rows {
		return fault.Invalidf("文件超过 %d 条记录，请分成几个文件导入。", s.opt.Limits.Rows)
	}
	s.report.Rows++
	if rec.Item == nil {
		s.report.Bad++
	} else {
		s.report.Good++
	}
	for i := range rec.Problems {
		s.keep(rec.Problems[i])
	}
	return s.sink(rec)
}

func (s *session) keep(p Problem) {
	if len(s.report.Problems) >= s.opt.Limits.Problems {
		s.report.Omitted++
		return
	}
	s.report.Problems = append(s.report.Problems, p)
}

// fileProblem notes something about the file or sheet as a whole.
func (s *session) fileProblem(sheet, field, value, severity, message string) {
	s.keep(Problem{Sheet: sheet, Field: field, Value: value, Severity: severity, Message: message})
}

func (s *session) sawUnknown(sheet, name string) {
	key := sheet + "\x00" + name
	u := s.unknown[key]
	if u == nil {
		// A hostile file must not fill the memory with invented keys.
		if len(s.unknown) >= 10_000 {
			return
		}
		u = &Unknown{Sheet: sheet, Name: strings.Clone(name)}
		s.unknown[u.Sheet+"\x00"+u.Name] = u
	}
	u.Count++
}

func (s *session) finish() Report {
	if s.mapping != nil {
		s.report.Mapping = s.mapping.Name
	}
	for _, u := range s.unknown {
		s.report.Unknown = append(s.report.Unknown, *u)
	}
	sort.Slice(s.report.Unknown, func(i, j int) bool {
		a, b := s.report.Unknown[i], s.report.Unknown[j]
		if a.Sheet != b.Sheet {
			return a.Sheet < b.Sheet
		}
		return a.Name < b.Name
	})
	var file []Problem
	message := "不认识的列或键，其内容已原样保留在“附加内容”中。如果它是 36 项要素之一，请改用模板中的列名。"
	if s.flat {
		message = "不认识的列或键，没有读入。"
	}
	for _, u := range s.report.Unknown {
		file = append(file, Problem{Sheet: u.Sheet, Field: u.Name, Severity: SeverityWarning, Message: message})
	}
	// What concerns the whole file comes first: it often explains the rest.
	s.report.Problems = append(file, s.report.Problems...)
	if s.report.Problems == nil {
		s.report.Problems = []Problem{}
	}
	return s.report
}

// input is an opened and recognised source.
type input struct {
	name   string
	format string
	r      io.ReaderAt
	size   int64
	file   *os.File
}

func (in *input) close() {
	if in.file != nil {
		_ = in.file.Close() // opened for reading only
	}
}

func openInput(src Source, lim Limits) (*input, error) {
	in := &input{name: src.Name, r: src.R, size: src.Size}
	if in.name == "" {
		in.name = filepath.Base(src.Path)
	}
	if in.r == nil {
		f, err := os.Open(src.Path)
		if err != nil {
			if os.IsNotExist(err) {
				return nil, fault.Wrap(fault.NotFound, err, "找不到文件“%s”。", in.name)
			}
			return nil, fault.Wrap(fault.Invalid, err, "文件“%s”打不开，请检查路径和权限。", in.name)
		}
		in.file, in.r = f, f
		fi, err := f.Stat()
		if err == nil && fi.IsDir() {
			err = fault.Invalidf("“%s”是文件夹，请给出文件。", in.name)
		}
		if err != nil {
			in.close()
			return nil, err
		}
		in.size = fi.Size()
	}
	if in.size > lim.Size {
		in.close()
		return nil, fault.Invalidf("文件“%s”有 %d MB，超过上限 %d MB。请按单位或类型分成几个文件。", in.name, in.size>>20, lim.Size>>20)
	}
	var err error
	if in.format, err = sniff(in); err != nil {
		in.close()
		return nil, err
	}
	return in, nil
}
