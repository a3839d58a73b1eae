package exchange

import (
	"onevisit/internal/domain/code"
)

// Checks of the codes of a record. They judge the code alone and never change
// it; whether its parts agree with unit, level and type is lint's business.

func checkBasicCode(d *draft, v string) {
	if !code.ValidBasic(v) {
		d.judgeCode(v, code.KindBasic, "12位基本编码", code.KindBasic10, code.KindSichuanBasic, code.KindSichuanOld, code.KindNamedType, code.KindTianjin, code.KindCountyPower)
	}
}

func checkImplementationCode(d *draft, v string) {
	if !code.ValidImpl(v) {
		d.judgeCode(v, code.KindImpl, "31位实施编码", code.KindImpl24, code.KindHandling, code.KindSichuanImpl, code.KindSichuanOld, code.KindTianjin, code.KindCountyPower)
	}
}

func checkHandlingCode(d *draft, v string) {
	if !code.ValidHandling(v) {
		d.judgeCode(v, code.KindHandling, "33位业务办理项编码", code.KindSichuanImpl)
	}
}

func checkUSCC(d *draft, v string) {
	if !code.ValidUSCC(v) || !code.ValidOrganization(v[8:17]) {
		d.judgeCode(v, code.KindUSCC, "18位统一社会信用代码", code.KindOrganization)
	}
}

// judgeCode says why v is not a code of the kind. A valid code of another scheme
// in use is only remarked on.
func (d *draft) judgeCode(v, kind, want string, others ...string) {
	c := code.Parse(v)
	switch {
	case c.Kind == kind && c.Valid:
		if len(c.Notes) > 0 && kind == code.KindUSCC {
			d.note(v, c.Notes[0]+"。")
		}
		return
	case c.Kind == code.KindID && c.Valid:
		// An identity number must not travel on in a report.
		d.fail(code.MaskText(v), "填的像是身份证号，这里应填"+want+"。")
		return
	case c.Valid:
		for _, k := range others {
			if c.Kind == k {
				d.warn(v, "填的是"+k+"，这里应填"+want+"。按原样保留。")
				return
			}
		}
		d.fail(v, "填的是"+c.Kind+"，这里应填"+want+"。按原样保留。")
		return
	case c.Kind == kind:
		d.fail(v, c.Problem+"。按原样保留，请核对。")
		return
	}
	for _, k := range others {
		if c.Kind == k {
			d.fail(v, k+"有误："+c.Problem+"。这里应填"+want+"。按原样保留。")
			return
		}
	}
	d.fail(v, "不是"+want+"："+c.Problem+"。按原样保留，请核对。")
}
