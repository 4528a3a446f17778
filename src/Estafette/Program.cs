using Estafette.Cli;

return await CommandLine.RunAsync(args);
