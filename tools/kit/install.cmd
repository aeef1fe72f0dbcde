@echo off
rem Install m365timeline from this kit: no network, no rights, nothing outside one folder.
rem   install.cmd            into m365timeline-venv beside the kit
rem   install.cmd FOLDER     into FOLDER
rem set PYTHON=py -3.12 before it takes another Python (3.11 to 3.14).
setlocal
set "KIT=%~dp0"
set "TARGET=%~1"
if "%TARGET%"=="" set "TARGET=%KIT%..\m365timeline-venv"
if "%PYTHON%"=="" set "PYTHON=py -3"
set "PYTHONDONTWRITEBYTECODE=1"

%PYTHON% "%KIT%verify_kit.py" || exit /b 3
if exist "%TARGET%" (
  echo %TARGET% exists. Remove it, or name another folder: install.cmd FOLDER
  exit /b 2
)
%PYTHON% -m venv "%TARGET%" || exit /b 4
"%TARGET%\Scripts\python.exe" -m pip install -q --disable-pip-version-check --no-cache-dir --no-index --find-links "%KIT%wheels" --require-hashes -r "%KIT%requirements.txt" || (
  rmdir /s /q "%TARGET%"
  echo Nothing was installed.
  exit /b 4
)
"%TARGET%\Scripts\m365timeline.exe" selftest || exit /b 3
echo Installed: %TARGET%\Scripts\m365timeline.exe
