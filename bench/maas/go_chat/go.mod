module scaletool.bench/gochat

go 1.24
