package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

type verifyCmd struct {
	What    string `arg:"" name:"file|code" help:"文件（事项清单、指南、承诺书、公布文件、公布日志或证明），指南末尾的核验码，或者报送回执的编号"`
	Hash    string `help:"报送回执上的内容校验码，至少前 16 位" placeholder:"HEX"`
	Release string `help:"公布文件；给了就在其中核验，不连数据库" placeholder:"FILE"`
	Proof   string `help:"这个文件的证明（.tlog-proof），从指南页或 /api/log/proof 下载" placeholder:"FILE"`
	Key     string `help:"本县的公钥文件；给了就不连数据库，离线核验" placeholder:"FILE"`
	Head    string `help:"以前见过的日志头；核验的内容须是它的延续" placeholder:"FILE"`
	Link    string `help:"从以前的日志头到现在的一致性证明" placeholder:"FILE"`
}

// Run answers whether something is what the county has published, and current.
func (c *verifyCmd) Run(e *env) error {
	if publication.IsReceiptNumber(c.What) && !exists(c.What) {
		k, err := e.open(true)
		if err != nil {
			return err
		}
		defer k.close()
		return c.receipt(e, k)
	}
	if c.Hash != "" {
		return fault.Invalidf("--hash 只用来核对报送回执，请同时给出回执编号，形如“报送2018-0012”。")
	}
	if !exists(c.What) {
		if publication.NormalizeVerifyCode(c.What) == "" {
			return fault.Invalidf("“%s”既不是已有的文件，也不是核验码或者回执编号。核验码为 10 位字母和数字，形如 7K3QD-2M8XA，见指南末尾；回执编号形如“报送2018-0012”。", c.What)
		}
		if c.Proof+c.Head+c.Link != "" || c.Key != "" && c.Release == "" {
			return fault.Invalidf("核验码要到数据库或者公布文件里查：离线核验请用 --release 给出公布文件，或者给出文件和它的证明。")
		}
		return c.against(e, func(p *portal.Service) error { return c.code(e, p, c.What) })
	}
	head, err := firstBytes(c.What)
	if err != nil {
		return err
	}
	if c.Proof != "" || sealed(head) != "" {
		return c.offline(e, head)
	}
	if c.Key != "" && c.Release == "" {
		return fault.Invalidf("离线核验“%s”须用 --proof 给出它的证明（.tlog-proof），从指南页或 /api/log/proof 下载；或者用 --release 给出公布文件。", filepath.Base(c.What))
	}
	if bytes.HasPrefix(head, []byte("%PDF-")) {
		return fault.Invalidf("核验印好的文书须用 --proof 给出它的证明（.tlog-proof），从同一页下载；或者用文书末尾的核验码核验。")
	}
	code, isPage, err := printedCode(c.What, head)
	if err != nil {
		return err
	}
	if isPage && code == "" {
		return fault.Invalidf("“%s”中没有找到核验码，不像是本站的指南。", filepath.Base(c.What))
	}
	return c.against(e, func(p *portal.Service) error {
		if isPage {
			e.printf("“%s”上的核验码是 %s；只核对这个核验码，文件中的文字请与网上的对照。\n", filepath.Base(c.What), code)
			return c.code(e, p, code)
		}
		return c.items(e, p)
	})
}

// against answers from the release file that is named, or from the database.
func (c *verifyCmd) against(e *env, answer func(*portal.Service) error) error {
	if c.Release == "" {
		k, err := e.open(true)
		if err != nil {
			return err
		}
		defer k.close()
		if err := k.portal.Refresh(e.ctx); err != nil {
			return err
		}
		return answer(k.portal)
	}
	t, k, err := c.trust(e)
	if err != nil {
		return err
	}
	if k != nil {
		defer k.close()
	}
	if !exists(c.Release) {
		return fault.Invalidf("公布文件“%s”不在，请检查路径。", c.Release)
	}
	src, err := portal.NewFileSource(c.Release, "", t.Keys, slog.New(slog.DiscardHandler))
	if fault.Is(err, fault.Invalid) { // it is there, and is not what it should be
		return fault.Wrap(fault.Conflict, err, "%s", fault.Text(err))
	}
	if err != nil {
		return err
	}
	p := portal.NewFromFile(src, nil, e.logger())
	if err := p.Refresh(e.ctx); err != nil {
		return err
	}
	if err := answer(p); err != nil {
		return err
	}
	if len(t.Keys) == 0 {
		fmt.Fprintln(e.errOut, "没有用公钥核对公布文件，不能确认它是本县签发的。请从可信的途径取得本县的公钥文件，用 --key 给出后再核验。")
		return status(exitFindings)
	}
	return nil
}

var (
	anyTag      = regexp.MustCompile(`<[^>]*>`)
	codePrinted = regexp.MustCompile(`核验码[^0-9A-Za-z]{0,80}([0-9A-Z]{5}-[0-9A-Z]{5})`)
)

// printedCode finds the verification code on a saved page or a Word file; ok is
// false for any other file.
func printedCode(name string, head []byte) (code string, ok bool, err error) {
	var text []byte
	switch ext := strings.ToLower(filepath.Ext(name)); {
	case ext == ".docx" && bytes.HasPrefix(head, []byte("PK\x03\x04")):
		z, err := zip.OpenReader(name)
		if err != nil {
			return "", true, unreadable(name, err)
		}
		defer z.Close()
		for _, f := range z.File {
			if !strings.HasPrefix(f.Name, "word/") || !strings.HasSuffix(f.Name, ".xml") {
				continue
			}
			r, err := f.Open()
			if err != nil {
				return "", true, unreadable(name, err)
			}
			b, err := io.ReadAll(io.LimitReader(r, 16<<20))
			if err = errors.Join(err, r.Close()); err != nil {
				return "", true, unreadable(name, err)
			}
			text = append(text, b...)
		}
	case ext == ".html" || ext == ".htm":
		if text, err = readSmall(name); err != nil {
			return "", true, err
		}
	default:
		return "", false, nil
	}
	if m := codePrinted.FindSubmatch(anyTag.ReplaceAll(text, nil)); m != nil {
		code = string(m[1])
	}
	return code, true, nil
}

func firstBytes(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer f.Close()
	b := make([]byte, 64)
	n, err := io.ReadFull(f, b)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, unreadable(name, err)
	}
	return b[:n], nil
}

func unreadable(name string, err error) error {
	return fault.Wrap(fault.Invalid, err, "文件“%s”读不了，请检查路径和权限。", name)
}

// changeJSON is one thing that changed since the paper was printed.
type changeJSON struct {
	Text   string         `json:"text"`
	Effect catalog.Effect `json:"effect"`
}

// mostChanges is how many changes a code is answered with.
const mostChanges = 3

// code checks a verification code.
func (c *verifyCmd) code(e *env, p *portal.Service, code string) error {
	out := struct {
		Code       string                  `json:"code"`
		Published  bool                    `json:"published"`
		Current    bool                    `json:"current"`
		Name       string                  `json:"name"`
		Unit       string                  `json:"unit"`
		Release    string                  `json:"release"`
		ReplacedBy string                  `json:"replaced_by"`
		Standing   publication.Standing    `json:"standing,omitempty"`
		Changes    []changeJSON            `json:"changes"`
		Successors []publication.Successor `json:"successors,omitempty"`
	}{Code: publication.NormalizeVerifyCode(code), Changes: []changeJSON{}}
	v, err := p.Verify(e.ctx, code)
	switch {
	case fault.Is(err, fault.NotFound):
		e.printf("%s\n", fault.Text(err))
	case err != nil:
		return err
	default:
		out.Published, out.Current, out.Name, out.Unit, out.Release, out.Standing = true, v.Current(), v.Name, v.UnitName, v.Published.Number, v.Now.Standing
		out.Successors = v.Now.Successors
		for _, ch := range v.Changes {
			out.Changes = append(out.Changes, changeJSON{ch.String(), ch.Effect})
		}
		if v.ReplacedBy != nil {
			out.ReplacedBy = v.ReplacedBy.Number
		}
		e.printf("%s（%s），公布编号 %s\n%s", v.Name, v.UnitName, out.Release, sayVerified(v))
	}
	if err := e.result(out); err != nil {
		return err
	}
	if !out.Current {
		return status(exitFindings)
	}
	return nil
}

// receipt checks a receipt by its number and hash, against all that is kept.
func (c *verifyCmd) receipt(e *env, k *county) error {
	r, err := k.reform.CheckReceipt(e.ctx, org.Operator(), c.What, c.Hash)
	if err != nil {
		return err
	}
	out := struct {
		Number string                    `json:"number"`
		Valid  bool                      `json:"valid"`
		Answer publication.ReceiptAnswer `json:"answer"`
		Unit   string                    `json:"unit"`
		At     string                    `json:"at"`
		Items  int                       `json:"items"`
	}{Number: c.What, Valid: r.Answer == publication.ReceiptGood, Answer: r.Answer, Items: r.Items}
	e.printf("%s：%s。\n", c.What, r.Answer)
	if s := r.Submission; s != nil {
		out.Unit, out.At = s.UnitName, s.At.In(calendar.Beijing).Format("2006-01-02 15:04")
		e.printf("%s于 %s 报送（%s），%d 个事项。\n", s.UnitName, out.At, s.Kind, r.Items)
	}
	if err := e.result(out); err != nil {
		return err
	}
	if !out.Valid {
		return status(exitFindings)
	}
	return nil
}

// sayVerified says what a paper with the code is worth now.
func sayVerified(v *portal.Verified) string {
	var b bytes.Buffer
	switch {
	case !v.Now.Available():
		b.WriteString("是本县公布的，但现已" + string(v.Now.Standing) + "：" + v.Now.Reason + "\n")
		for _, s := range v.Now.Successors {
			b.WriteString("  由“" + s.Name + "”（" + s.UnitName + "）承接\n")
		}
	case v.ReplacedBy == nil:
		b.WriteString("是本县公布的现行内容。\n")
	case v.Same:
		b.WriteString("是本县公布的，内容与现行的（" + v.ReplacedBy.Number + "）相同。\n")
	default:
		b.WriteString("是本县公布的，但已由 " + v.ReplacedBy.Number + " 替代。\n")
	}
	for _, ch := range v.Changes[:min(mostChanges, len(v.Changes))] {
		b.WriteString("  " + ch.String())
		if ch.Effect != catalog.Neutral {
			b.WriteString("（" + string(ch.Effect) + "）")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// items checks every item of a file.
func (c *verifyCmd) items(e *env, p *portal.Service) error {
	type named struct {
		Code string `json:"code"`
		Name string `json:"name"`
		Unit string `json:"unit"`
	}
	items, bad, err := readItems(e, []string{c.What})
	if err != nil {
		return err
	}
	out := struct {
		Items       int     `json:"items"`
		Bad         int     `json:"bad"`
		Current     int     `json:"current"`
		Differing   []named `json:"differing"`
		Unpublished []named `json:"unpublished"`
	}{Items: len(items), Bad: bad, Differing: []named{}, Unpublished: []named{}}
	standings, err := p.VerifyItems(e.ctx, items)
	if err != nil {
		return err
	}
	for i, it := range items {
		n := named{it.ImplementationCode, it.Name, it.Unit}
		switch standings[i] {
		case portal.Current:
			out.Current++
		case portal.Differing:
			out.Differing = append(out.Differing, n)
			e.printf("与公布内容不一致：%s（%s）\n", n.Name, n.Unit)
		default:
			out.Unpublished = append(out.Unpublished, n)
			e.printf("没有公布：%s（%s）\n", n.Name, n.Unit)
		}
	}
	e.printf("%d 个事项：与现行公布内容一致 %d，不一致 %d，没有公布 %d。\n", out.Items, out.Current, len(out.Differing), len(out.Unpublished))
	if len(out.Differing) > 0 && strings.EqualFold(filepath.Ext(c.What), ".csv") {
		e.printf("csv 只有材料和流程的摘要，不能逐字核对。请下载 xlsx 或 json 格式再核验。\n")
	}
	if err := e.result(out); err != nil {
		return err
	}
	if out.Current < out.Items || bad > 0 {
		return status(exitFindings)
	}
	return nil
}

// hasDatabase reports whether there is a county to ask for its keys.
func (e *env) hasDatabase() bool {
	return e.DatabaseURL != "" || exists(filepath.Join(e.Data, store.FileName))
}
