package reform

import (
	"context"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// ReceiptCheck is the answer about a receipt.
type ReceiptCheck struct {
	Answer publication.ReceiptAnswer
	// Submission is what was handed in under the number, without its items; nil
	// if there is none or the hash is wrong.
	Submission *publication.Submission
	Items      int
}

// CheckReceipt tells whether a receipt is the county's and whether what is kept
// is still what was handed in. A unit asks about its own receipts; about others
// it learns nothing.
func (s *Service) CheckReceipt(ctx context.Context, a org.Actor, number, hash string) (*ReceiptCheck, error) {
	if a.ID == "" {
		return nil, fault.New(fault.Unauthorized, "请先登录。")
	}
	e := fault.Invalidf("没有核对，请按提示更正。")
	if number = strings.TrimSpace(number); !publication.IsReceiptNumber(number) {
		e.At("number", "回执编号应形如“报送2018-0012”")
	}
	if publication.NormalizeReceiptHash(hash) == "" {
		e.At("hash", "校验码是 64 位数字和字母 a–f，至少输入前 16 位，可以带空格")
	}
	if err := e.OrNil(); err != nil {
		return nil, err
	}
	out := &ReceiptCheck{Answer: publication.ReceiptUnknown}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		sub, err := tx.SubmissionByNumber(number)
		if fault.Is(err, fault.NotFound) || err == nil && org.Can(a, org.ReadItem, sub.UnitID) != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if sub.Items, err = tx.SubmittedDocs(sub.ID); err != nil {
			return err
		}
		if out.Answer = publication.CheckReceipt(&sub, hash); out.Answer == publication.ReceiptForged {
			return nil
		}
		u, err := tx.Unit(sub.UnitID)
		sub.UnitName = u.Name
		out.Items, sub.Items, out.Submission = len(sub.Items), nil, &sub
		return err
	})
	return out, err
}
