package portal

import (
	"context"
	"io"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
)

// LogHead returns the newest head of the log of publications, or NotFound while
// the log is empty.
func (s *Service) LogHead(ctx context.Context) (h publication.SignedHead, err error) {
	err = s.src.View(ctx, func(tx Reader) error {
		h, err = tx.LogHead()
		return emptyLog(err)
	})
	return h, err
}

func emptyLog(err error) error {
	if fault.Is(err, fault.NotFound) {
		return fault.NotFoundf("公布日志还是空的：还没有公布过，也没有登记过密钥。")
	}
	return err
}

// LogHeads returns a page of the heads, newest first; before is the size of the
// last of the page before, 0 for the first page.
func (s *Service) LogHeads(ctx context.Context, before int64, limit int) (out []publication.SignedHead, err error) {
	err = s.src.View(ctx, func(tx Reader) error {
		out, err = tx.LogHeads(before, limit)
		return err
	})
	return out, err
}

// LogLeaves returns leaves from an index on, in order.
func (s *Service) LogLeaves(ctx context.Context, from int64, limit int) (out []publication.LoggedLeaf, err error) {
	err = s.src.View(ctx, func(tx Reader) error {
		out, err = tx.LogLeaves(from, limit)
		return err
	})
	return out, err
}

// KeyFile returns the public keys with the name of the log.
func (s *Service) KeyFile(ctx context.Context) (*publication.KeyFile, error) {
	f := &publication.KeyFile{Format: publication.KeyFileFormat}
	err := s.src.View(ctx, func(tx Reader) (err error) {
		if f.Keys, err = tx.SigningKeys(); err != nil {
			return err
		}
		h, err := tx.LogHead()
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		f.Origin = h.Origin
		return err
	})
	return f, err
}

// PublicPEM writes a public key for other programs.
func PublicPEM(k *publication.Key) ([]byte, error) { return sign.PEM(k) }

// Proof proves that the published version with that verification code is in the
// log.
func (s *Service) Proof(ctx context.Context, code string) (p *proof.Proof, err error) {
	norm := publication.NormalizeVerifyCode(code)
	if norm == "" {
		return nil, fault.Invalidf("核验码应为 10 位字母和数字，形如 7K3QD-2M8XA，见指南末尾。")
	}
	err = s.src.View(ctx, func(tx Reader) error {
		it, err := tx.PublishedByCode(norm)
		if fault.Is(err, fault.NotFound) {
			return fault.NotFoundf("没有以“%s”为核验码的公布内容。", norm)
		}
		if err != nil {
			return err
		}
		l, err := tx.FindLeaf(publication.LeafItem, it.ItemID, it.ReleaseSeq)
		if err != nil {
			return err
		}
		p, err = prove(tx, l)
		return err
	})
	return p, err
}

// PublicCommitment is a commitment that a unit's leader has signed.
type PublicCommitment struct {
	publication.SignedCommitment
	Statement publication.Statement
	// Remark says how the signature stands; Good is false if it does not hold.
	Remark string
	Good   bool
}

func commitmentOf(c publication.SignedCommitment) (PublicCommitment, error) {
	st, err := publication.ParseStatement(c.Text)
	if err != nil {
		return PublicCommitment{}, err
	}
	out := PublicCommitment{SignedCommitment: c, Statement: *st, Good: true}
	if out.Remark, err = c.Check(sign.Verifier{}); err != nil {
		out.Remark, out.Good = fault.Text(err), false
	}
	if out.Remark == "" {
		out.Remark = "签名有效"
	}
	return out, nil
}

// Commitments returns the public commitments of one unit, or of all (empty).
func (s *Service) Commitments(ctx context.Context, unitID string) (out []PublicCommitment, err error) {
	err = s.src.View(ctx, func(tx Reader) error {
		out = nil
		list, err := tx.Commitments(unitID)
		for _, c := range list {
			p, err := commitmentOf(c)
			if err != nil {
				return err
			}
			out = append(out, p)
		}
		return err
	})
	return out, err
}

// Commitment returns a public commitment with its proof, or NotFound.
func (s *Service) Commitment(ctx context.Context, number string) (c PublicCommitment, p *proof.Proof, err error) {
	err = s.src.View(ctx, func(tx Reader) error {
		signed, err := tx.Commitment(number)
		if fault.Is(err, fault.NotFound) {
			return fault.NotFoundf("没有找到编号为“%s”、经电子签名并且已经公开的承诺书。", number)
		}
		if err != nil {
			return err
		}
		if c, err = commitmentOf(signed); err != nil {
			return err
		}
		l, err := tx.FindLeaf(publication.LeafCommitment, number, 0)
		if err != nil {
			return err
		}
		if p, err = prove(tx, l); err != nil {
			return err
		}
		p.Commitment = &proof.Commitment{Statement: signed.Text, Signature: signed.Signature}
		return nil
	})
	return c, p, err
}

// ProofAt proves that the log has its entry at an index.
func (s *Service) ProofAt(ctx context.Context, index int64) (p *proof.Proof, err error) {
	err = s.src.View(ctx, func(tx Reader) error {
		l, err := tx.LogLeaves(index, 1)
		if err != nil {
			return err
		}
		if len(l) == 0 || l[0].Index != index {
			return fault.NotFoundf("公布日志没有第 %d 条。", index)
		}
		p, err = prove(tx, l[0])
		return err
	})
	return p, err
}

func prove(tx Reader, l publication.LoggedLeaf) (*proof.Proof, error) {
	h, err := tx.LogHead()
	if err != nil {
		return nil, emptyLog(err)
	}
	path, err := tlog.ProveRecord(h.Size, l.Index, tx.LogHashes())
	if err != nil {
		return nil, err
	}
	return &proof.Proof{Leaf: l.Text, Index: l.Index, Path: path, Note: h.Note}, nil
}

// Link proves that the newest head continues the log of an earlier size.
func (s *Service) Link(ctx context.Context, from int64) (l *proof.Link, err error) {
	err = s.src.View(ctx, func(tx Reader) error {
		h, err := tx.LogHead()
		if err != nil {
			return emptyLog(err)
		}
		path, err := proof.ProveTree(tx.LogHashes(), h.Size, from)
		l = &proof.Link{From: from, Path: path, Note: h.Note}
		return err
	})
	return l, err
}

// WriteLog writes the whole log as one file that can be checked off line.
func (s *Service) WriteLog(ctx context.Context, w io.Writer, now time.Time) error {
	f := &proof.LogFile{MadeAt: now.UTC().Truncate(time.Second)}
	err := s.src.View(ctx, func(tx Reader) error {
		h, err := tx.LogHead()
		if err != nil {
			return emptyLog(err)
		}
		f.Origin = h.Origin
		for before := int64(0); ; {
			page, err := tx.LogHeads(before, logPage)
			if err != nil {
				return err
			}
			for _, h := range page {
				f.Heads, before = append(f.Heads, h.Note), h.Size
			}
			if len(page) < logPage {
				break
			}
		}
		slices.Reverse(f.Heads)
		for {
			page, err := tx.LogLeaves(int64(len(f.Leaves)), logPage)
			if err != nil {
				return err
			}
			for _, l := range page {
				f.Leaves = append(f.Leaves, l.Text)
			}
			if len(page) < logPage {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	return proof.WriteLog(w, f)
}

// logPage is how many entries of the log are read at a time.
const logPage = 1000

// Continues refuses a head of another log, or of another history of this one.
func (s *Service) Continues(ctx context.Context, h *publication.Head) error {
	return s.src.View(ctx, func(tx Reader) error {
		now, err := tx.LogHead()
		if err != nil {
			return emptyLog(err)
		}
		if now.Origin != h.Origin {
			return fault.Conflictf("文件属于另一份日志（%s，本县的是 %s）。", h.Origin, now.Origin)
		}
		if h.Size > now.Size {
			return fault.Conflictf("文件所据的日志有 %d 条，本机的只有 %d 条：本机的数据较旧。", h.Size, now.Size)
		}
		root, err := tlog.TreeHash(h.Size, tx.LogHashes())
		if err != nil {
			return err
		}
		if root != tlog.Hash(h.Root) {
			return fault.Conflictf("文件所据的日志在第 %d 条以前就与本机的不同。", h.Size)
		}
		return nil
	})
}
