package portal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/sign/proof"
)

// GuidePapers are the papers that are made of one published item.
var GuidePapers = []string{"办事指南", "一次性告知单", "海报", "海报A3", "窗口卡"}

// PaperFormats are the formats of papers with their content types.
var PaperFormats = paper.Formats

// PrintGuide writes a paper of a published item, of one case of it where the
// answers to its questions, by question ID, lead to one. link turns a verification
// code into the address that its QR code leads to.
func (s *Service) PrintGuide(ctx context.Context, w io.Writer, id, kind, format string, answers map[string]string, link func(code string) string) (missing []rune, err error) {
	known := false
	for _, k := range GuidePapers {
		known = known || k == kind
	}
	if !known {
		return nil, fault.NotFoundf("没有名为“%s”的文书。", kind)
	}
	g, err := s.Guide(ctx, id)
	if err != nil {
		return nil, err
	}
	if !g.Available() { // nobody should pin up what one cannot apply for
		return nil, fault.NotFoundf("“%s”已%s，不再提供办事指南。", g.Name, g.Standing)
	}
	p := paper.NewGuide(g.Item, g.Assessment)
	if one, name := paper.Narrow(g.Item, answers); one != nil {
		a, err := visit.AssessItem(one)
		if err != nil {
			return nil, err
		}
		p = paper.NewGuide(one, a)
		p.Case = name
	}
	p.Release, p.VerifyCode, p.Link = releaseWord(&g.Release), g.VerifyCode, link(g.VerifyCode)
	return s.press.Print(ctx, w, format, kind, p, fmt.Sprintf("%s　核验码 %s", g.Release.Number, g.VerifyCode))
}

// releaseWord names a release on paper.
func releaseWord(r *publication.Release) string { return r.Title + "（" + r.Number + "）" }

// ProvePaper proves that a paper of just the bytes that PrintGuide gives is the
// county's, and made of an entry of the log.
func (s *Service) ProvePaper(ctx context.Context, id, kind, format string, answers map[string]string, link func(code string) string, now time.Time) (*proof.Proof, error) {
	var b bytes.Buffer
	if _, err := s.PrintGuide(ctx, &b, id, kind, format, answers, link); err != nil {
		return nil, err
	}
	g, err := s.Guide(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := s.Proof(ctx, g.VerifyCode)
	if err != nil {
		return nil, err
	}
	f, err := s.KeyFile(ctx)
	if err != nil {
		return nil, err
	}
	keys := publication.CountyKeys(f.Keys, now)
	if s.signer == nil || len(keys) == 0 {
		return nil, fault.NotFoundf("本机没有公布密钥，不能给印出的文书签名。请用核验码核验，或者下载指南数据的证明。")
	}
	sum := sha256.Sum256(b.Bytes())
	p.Paper = &proof.Paper{Name: kind + "." + format, SHA256: hex.EncodeToString(sum[:])}
	at := now.UTC().Truncate(time.Second)
	for i := range keys {
		v, err := s.signer.Sign(&keys[i], "", p.Paper.Statement(p.Leaf, at))
		if err != nil {
			return nil, err
		}
		p.Paper.Signatures = append(p.Paper.Signatures, publication.Signature{Key: keys[i].ID, Algorithm: keys[i].Algorithm, At: at, Value: v})
	}
	return p, nil
}
