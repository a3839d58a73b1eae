package exchange

// Checks of the codes of a record. They judge the code alone and never change it.

func checkBasicCode(d *draft, v string)          {}
func checkImplementationCode(d *draft, v string) {}
func checkHandlingCode(d *draft, v string)       {}
func checkUSCC(d *draft, v string)               {}
