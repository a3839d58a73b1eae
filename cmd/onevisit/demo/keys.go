package demo

import (
	"context"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
)

// SignPassphrase opens the signing key of every demonstration unit that has one.
const SignPassphrase = "onevisit-demo-sign"

// signers are the units whose leaders sign electronically; the others sign on
// paper.
var signers = []string{"广宗县教育局", "广宗县人力资源和社会保障局", "广宗县住房和城乡建设局", "广宗县市场监督管理局", "广宗县卫生健康局"}

// lostKey is the unit whose first key is lost after it has signed.
const lostKey = "广宗县市场监督管理局"

// makeKeys gives the county its two keys and some units one each. Without an
// office the story goes on paper alone.
func (s *Story) makeKeys(ctx context.Context, p *people) error {
	if s.Office == nil {
		return nil
	}
	for _, a := range publication.Algorithms {
		if _, err := s.Office.NewKey(ctx, org.Operator(), office.KeyRequest{Algorithm: a, Days: 3 * 365}); err != nil {
			return err
		}
	}
	s.keys = map[string]string{}
	for _, u := range signers {
		k, err := s.Office.NewKey(ctx, org.Operator(), office.KeyRequest{UnitID: p.liaison[u].UnitID, Algorithm: publication.SM2, Days: 3 * 365, Passphrase: SignPassphrase})
		if err != nil {
			return err
		}
		s.keys[u] = k.ID
	}
	return nil
}

// sign lets the leader of a unit with a key sign what was handed in.
func (s *Story) sign(ctx context.Context, leader org.Actor, sub *publication.Submission) error {
	if s.keys[leader.UnitName] == "" || sub.Commitment == nil {
		return nil
	}
	return s.Reform.SignCommitment(ctx, leader, sub.ID, SignPassphrase)
}

// loseKey ends a key whose signatures stay valid, and replaces it.
func (s *Story) loseKey(ctx context.Context, p *people) error {
	id := s.keys[lostKey]
	if id == "" {
		return nil
	}
	if _, err := s.Office.RevokeKey(ctx, org.Operator(), id, publication.Lost, "负责人调整，原签名口令无人掌握（演示）"); err != nil {
		return err
	}
	_, err := s.Office.NewKey(ctx, org.Operator(), office.KeyRequest{UnitID: p.liaison[lostKey].UnitID, Algorithm: publication.SM2, Days: 3 * 365, Passphrase: SignPassphrase})
	return err
}
