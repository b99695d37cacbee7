HelloProcess.main()
