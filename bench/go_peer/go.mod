module scaletool.bench/gopeer

go 1.24
