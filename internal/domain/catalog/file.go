package catalog

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/fault"
)

// File is a stored file that an item refers to: a blank form, a filled-in sample
// (elements 19 and 25). The reference names the content by its hash, so that what
// is released with an item never changes.
type File struct {
	Hash string // SHA-256 in hex
	Size int64  // bytes
	Name string // as people see and save it
}

// filePrefix begins a reference to a stored file in Material.Form,
// Material.Sample and Result.Sample; anything else there is a plain word or an
// address.
const filePrefix = "blob:"

var fileForm = regexp.MustCompile(`^blob:([0-9a-f]{64})/([0-9]{1,12})/(.+)$`)

// String is the reference: blob:<SHA-256>/<bytes>/<name>.
func (f File) String() string {
	return filePrefix + f.Hash + "/" + strconv.FormatInt(f.Size, 10) + "/" + f.Name
}

// ParseFile reads a reference to a stored file.
func ParseFile(ref string) (f File, ok bool) {
	m := fileForm.FindStringSubmatch(ref)
	if m == nil {
		return File{}, false
	}
	f.Hash, f.Name = m[1], m[3]
	f.Size, _ = strconv.ParseInt(m[2], 10, 64) // at most twelve digits
	return f, true
}

// FileLabel is a form or sample as lists name it: a stored file by its name.
func FileLabel(ref string) string {
	if f, ok := ParseFile(ref); ok {
		return f.Name
	}
	return ref
}

// FileAddress is the address of a form that another site keeps, "" if it is none
// that a browser may follow.
func FileAddress(ref string) string {
	if u, err := url.Parse(strings.TrimSpace(ref)); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
		return u.String()
	}
	return ""
}

// Kind is the ending of the file's name, in lower case, without the dot.
func (f File) Kind() string {
	if i := strings.LastIndexByte(f.Name, '.'); i >= 0 {
		return strings.ToLower(f.Name[i+1:])
	}
	return ""
}

// MaxFile is the largest form or sample, in bytes: it must come down a slow line.
const MaxFile = 10 << 20

// fileKinds are the kinds of file that people can open and fill in, with the
// bytes that such a file begins with and the type it is sent as.
var fileKinds = []struct{ ending, begins, media string }{
	{"pdf", "%PDF-", "application/pdf"},
	{"docx", "PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
	{"xlsx", "PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	{"doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"},
	{"xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel"},
	{"wps", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-works"},
	{"et", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel"},
	{"ofd", "PK\x03\x04", "application/ofd"},
	{"jpg", "\xff\xd8\xff", "image/jpeg"},
	{"jpeg", "\xff\xd8\xff", "image/jpeg"},
	{"png", "\x89PNG\r\n\x1a\n", "image/png"},
}

// FileEndings lists the endings of files that can be attached, as a form's accept
// attribute wants them.
func FileEndings() string {
	var list []string
	for _, k := range fileKinds {
		list = append(list, "."+k.ending)
	}
	return strings.Join(list, ",")
}

// Media is the type under which the file is sent.
func (f File) Media() string {
	for _, k := range fileKinds {
		if k.ending == f.Kind() {
			return k.media
		}
	}
	return "application/octet-stream"
}

// CheckFile refuses a file that is too large, or not of the kind that its name
// says; head holds its first bytes. The field of the fault is "file".
func CheckFile(name string, head []byte, size int64) error {
	f := File{Name: name}
	at := func(format string, args ...any) error {
		return fault.Invalidf("文件没有上传。").At("file", format, args...)
	}
	switch {
	case strings.TrimSpace(strings.TrimSuffix(name, "."+f.Kind())) == "" || len([]rune(name)) > 120 || strings.ContainsAny(name, "/\\\x00\r\n"):
		return at("文件名为空、过长或含有不能使用的字符，请改名后重试")
	case size == 0:
		return at("“%s”是空文件", name)
	case size > MaxFile:
		return at("“%s”有 %.1f MB，超过 %d MB 的上限，请压缩后重试", name, float64(size)/(1<<20), MaxFile>>20)
	}
	i := slices.IndexFunc(fileKinds, func(k struct{ ending, begins, media string }) bool { return k.ending == f.Kind() })
	if i < 0 {
		return at("“%s”的格式不能用，请用 PDF、Word、WPS、Excel、OFD 或图片", name)
	}
	if !strings.HasPrefix(string(head), fileKinds[i].begins) {
		return at("“%s”的内容不是 %s 文件，可能改过扩展名或已损坏", name, strings.ToUpper(f.Kind()))
	}
	return nil
}

// FileSlot is a place of an item where a file can be attached.
type FileSlot struct {
	Key   string // materials.2.form, result.sample
	Label string // 《申请表》空白表格
	Ref   string
}

// FileSlots lists the places of an item where files can be attached.
func (it *Item) FileSlots() []FileSlot {
	var out []FileSlot
	for i := range it.Materials {
		m := &it.Materials[i]
		out = append(out, FileSlot{fmt.Sprintf("materials.%d.form", i), m.Name + "：空白表格", m.Form}, FileSlot{fmt.Sprintf("materials.%d.sample", i), m.Name + "：填写样例", m.Sample})
	}
	return append(out, FileSlot{"result.sample", "办理结果样本", it.Result.Sample})
}

// FileAt is the text of the slot with the key, nil if there is none.
func (it *Item) FileAt(key string) *string {
	if key == "result.sample" {
		return &it.Result.Sample
	}
	rest, ok := strings.CutPrefix(key, "materials.")
	num, part, _ := strings.Cut(rest, ".")
	i, err := strconv.Atoi(num)
	if !ok || err != nil || i < 0 || i >= len(it.Materials) {
		return nil
	}
	switch part {
	case "form":
		return &it.Materials[i].Form
	case "sample":
		return &it.Materials[i].Sample
	}
	return nil
}
