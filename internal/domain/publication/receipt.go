package publication

import (
	"regexp"
	"strings"

	"onevisit/internal/domain/catalog"
)

// ReceiptAnswer says what a receipt is worth.
type ReceiptAnswer string

// The answers.
const (
	ReceiptGood    ReceiptAnswer = "与报送内容一致"
	ReceiptUnknown ReceiptAnswer = "没有这个编号的报送"
	ReceiptForged  ReceiptAnswer = "校验码不符"
	// ReceiptAltered says that the paper is good and the record is not: what is
	// kept is no longer what was handed in.
	ReceiptAltered ReceiptAnswer = "留存的报送内容被改动"
)

// receiptShort is how many characters of a hash are enough to check a receipt.
const receiptShort = 16

var receiptNumber = regexp.MustCompile(`^报送\d{4}-\d{4,}$`)

// IsReceiptNumber reports whether a text has the form of a receipt's number.
func IsReceiptNumber(s string) bool { return receiptNumber.MatchString(s) }

// NormalizeReceiptHash brings a hash as people copy it, in groups and capitals,
// into the form in which it is kept; empty if it is none. The first 16 characters
// are enough.
func NormalizeReceiptHash(s string) string {
	s = strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -\t\r\n　", r) {
			return -1
		}
		return r
	}, s))
	if len(s) < receiptShort || len(s) > 64 || strings.Trim(s, "0123456789abcdef") != "" {
		return ""
	}
	return s
}

// CheckReceipt holds a receipt's hash against a submission with the documents of
// its items: against the hash that was given out, and that against what is kept.
func CheckReceipt(s *Submission, hash string) ReceiptAnswer {
	hash = NormalizeReceiptHash(hash)
	if hash == "" || !strings.HasPrefix(s.Hash, hash) {
		return ReceiptForged
	}
	for i := range s.Items {
		if catalog.Hash(s.Items[i].Doc) != s.Items[i].DocHash {
			return ReceiptAltered
		}
	}
	if SealPackage(s) != s.Hash {
		return ReceiptAltered
	}
	return ReceiptGood
}
