package visit

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"

	"onevisit/internal/domain/fault"
)

// amount is a plain decimal; the exponent is kept small, because exact numbers
// grow with it.
var amount = regexp.MustCompile(`^\+?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$`)

// ParseAmount reads a decimal number exactly; it is not negative.
func ParseAmount(text string) (*big.Rat, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "-") {
		return nil, fault.Invalidf("“%s”不能是负数。", text)
	}
	r, ok := new(big.Rat).SetString(text)
	if !amount.MatchString(text) || !ok {
		return nil, fault.Invalidf("“%s”不是数字，请写成 3 或 1.5 这样的小数。", text)
	}
	return r, nil
}

// FormatAmount writes a decimal number exactly, without needless zeros.
func FormatAmount(r *big.Rat) string {
	if n, exact := r.FloatPrec(); exact {
		return r.FloatString(n)
	}
	return fmt.Sprint(r) // no decimal comes here
}
