package channel

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"unicode/utf8"

	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
)

// Article is what goes into a WeChat official account for a release.
type Article struct {
	Title, Digest string
	// HTML is the body. It has inline styles only and no link, script, class or
	// picture, since the official editor takes all of these out when it is pasted.
	HTML template.HTML
	// Length is the body's text in characters. Abridged says that the items did
	// not fit and units are told with their numbers only.
	Length   int
	Abridged bool
}

// articleText is the body. Layout is by tables and paragraphs, colours stand at
// cells: what the editor keeps.
var articleText = template.Must(template.New("article").Funcs(template.FuncMap{"visits": visit.Words, "available": func(it publication.ReleaseItem) bool { return it.Available() }}).Parse(
	`<section style="font-size:16px;line-height:1.75;color:#1f2933;">` +
		`{{if .S.Demo}}<p style="margin:0 0 16px;padding:8px 12px;background-color:#fff3cd;color:#664d03;font-size:14px;">演示数据，不代表任何单位的真实办事要求。</p>{{end}}` +
		`<p style="margin:0 0 16px;">{{.Lead}}</p>` +
		`{{if .Batch}}<table style="width:100%;border-collapse:collapse;margin:0 0 20px;"><tbody><tr>` +
		`<td style="width:33%;padding:12px 4px;background-color:#e6f4ea;text-align:center;border:1px solid #ffffff;"><strong style="font-size:24px;color:#1e6b3a;">{{.S.None}}</strong><br>一次也不用跑</td>` +
		`<td style="width:33%;padding:12px 4px;background-color:#e8f0fb;text-align:center;border:1px solid #ffffff;"><strong style="font-size:24px;color:#1f4e9c;">{{.S.One}}</strong><br>最多跑一次</td>` +
		`<td style="width:34%;padding:12px 4px;background-color:#f1f3f5;text-align:center;border:1px solid #ffffff;"><strong style="font-size:24px;color:#495057;">{{.S.More}}</strong><br>目前还要多跑</td>` +
		`</tr></tbody></table>{{end}}` +
		`{{if .Abridged}}<p style="margin:0 0 12px;">各单位公布事项数如下，完整清单请点击文末“阅读原文”查看。</p>` +
		`<table style="width:100%;border-collapse:collapse;margin:0 0 20px;font-size:15px;"><tbody>{{range .S.Units}}<tr><td style="padding:6px 4px;border-bottom:1px solid #dee2e6;">{{.Name}}</td><td style="padding:6px 4px;border-bottom:1px solid #dee2e6;text-align:right;">{{len .Items}} 项</td></tr>{{end}}</tbody></table>` +
		`{{else}}{{range .S.Units}}<p style="margin:20px 0 6px;padding-left:10px;border-left:4px solid #1f4e9c;"><strong>{{.Name}}</strong>（{{len .Items}} 项）</p>` +
		`<table style="width:100%;border-collapse:collapse;font-size:15px;"><tbody>{{range .Items}}<tr><td style="padding:6px 4px;border-bottom:1px solid #dee2e6;">{{if .Op}}<strong>{{.Op}}</strong>　{{end}}{{.Name}}{{if .Reason}}<br><span style="color:#495057;font-size:14px;">{{.Reason}}</span>{{end}}</td>` +
		`<td style="padding:6px 4px;border-bottom:1px solid #dee2e6;text-align:right;width:100px;">{{if available .}}{{visits .Visits}}{{else}}{{.Standing}}{{end}}</td></tr>{{end}}</tbody></table>{{end}}{{end}}` +
		`<p style="margin:24px 0 8px;">申请人提交的材料齐全、符合法定受理条件的，从提出申请到收到办理结果，按所列次数到场。各单位不得增加清单以外的材料和环节。</p>` +
		`<p style="margin:0 0 8px;">办事指南：点击文末“阅读原文”，或在浏览器输入 {{.P.Short}}</p>` +
		`<p style="margin:0 0 16px;">咨询、监督投诉：12345</p>` +
		`<p style="margin:0;color:#6c757d;font-size:13px;">公布编号 {{.S.Number}}　校验值 {{.Hash}}</p>` +
		`</section>`))

// NewArticle writes the article of a release.
func NewArticle(s *publication.Summary, p Publisher) (*Article, error) {
	a := &Article{Title: p.Place + "公布" + name(s)}
	if s.Kind == publication.KindAdjustment {
		a.Title = p.Place + s.Title
	}
	a.Title = shorten(a.Title, LimitOf("wechat.title").Most)
	a.Digest = shorten(Lead(s, p), LimitOf("wechat.digest").Most)
	lead := Lead(s, p)
	if s.Kind != publication.KindAdjustment {
		lead = "经县政府批准，" + lead
	}
	for {
		var b bytes.Buffer
		if err := articleText.Execute(&b, struct {
			S               *publication.Summary
			P               Publisher
			Lead, Hash      string
			Batch, Abridged bool
		}{s, p, lead, s.Hash[:min(16, len(s.Hash))], s.Kind != publication.KindAdjustment, a.Abridged}); err != nil {
			return nil, fmt.Errorf("article of release %d: %w", s.Seq, err)
		}
		a.HTML = template.HTML(b.String()) // made by html/template above
		a.Length = utf8.RuneCountInString(textOf(b.String()))
		if a.Abridged || a.Length <= LimitOf("wechat.text").Most {
			return a, nil
		}
		a.Abridged = true
	}
}

// textOf is what of the body is read.
func textOf(html string) string {
	var b strings.Builder
	inside := false
	for _, r := range html {
		switch {
		case r == '<':
			inside = true
		case r == '>':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func shorten(s string, most int) string {
	if rs := []rune(s); len(rs) > most {
		return string(rs[:most-1]) + "…"
	}
	return s
}
